//! The shoppers' door over gRPC.

use std::sync::Arc;

use amble_proto::v1::{
    BindPassRequest, BindPassResponse, DisputeLineRequest, DisputeLineResponse, GetReceiptRequest,
    GetReceiptResponse, OpenVisitRequest, OpenVisitResponse, SetBudgetRequest, SetBudgetResponse,
    WatchCartRequest, WatchCartResponse, shopper_service_server::ShopperService,
};
use futures_util::{StreamExt as _, stream::BoxStream};
use tonic::{Request, Response, Status};

use super::ShopperCalls;
use crate::admission::Who;

/// Serves `amble.v1.ShopperService`.
pub(crate) struct ShopperDoor(Arc<ShopperCalls>);

impl ShopperDoor {
    pub(crate) fn new(calls: Arc<ShopperCalls>) -> Self {
        Self(calls)
    }
}

#[tonic::async_trait]
impl ShopperService for ShopperDoor {
    async fn open_visit(
        &self,
        request: Request<OpenVisitRequest>,
    ) -> Result<Response<OpenVisitResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let opened = self
            .0
            .open_visit(&who, &request.pass_token, &request.gate_id);
        let visit_id = opened.await?;
        Ok(Response::new(OpenVisitResponse { visit_id }))
    }

    type WatchCartStream = BoxStream<'static, Result<WatchCartResponse, Status>>;

    async fn watch_cart(
        &self,
        request: Request<WatchCartRequest>,
    ) -> Result<Response<Self::WatchCartStream>, Status> {
        let who = Who::of(&request);
        let visit = request.into_inner().visit_id;
        let carts = self.0.watch_cart(&who, Some(&visit)).await?;
        let answers = carts.map(|cart| {
            let cart = Some(Arc::unwrap_or_clone(cart?));
            Ok(WatchCartResponse { cart })
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn set_budget(
        &self,
        request: Request<SetBudgetRequest>,
    ) -> Result<Response<SetBudgetResponse>, Status> {
        let who = Who::of(&request);
        let SetBudgetRequest { visit_id, budget } = request.into_inner();
        self.0.set_budget(&who, Some(&visit_id), budget).await?;
        Ok(Response::new(SetBudgetResponse {}))
    }

    async fn dispute_line(
        &self,
        request: Request<DisputeLineRequest>,
    ) -> Result<Response<DisputeLineResponse>, Status> {
        let who = Who::of(&request);
        let DisputeLineRequest { visit_id, product } = request.into_inner();
        let dispute = self.0.dispute(&who, Some(&visit_id), &product).await?;
        let dispute = Some(dispute);
        Ok(Response::new(DisputeLineResponse { dispute }))
    }

    async fn bind_pass(
        &self,
        request: Request<BindPassRequest>,
    ) -> Result<Response<BindPassResponse>, Status> {
        let who = Who::of(&request);
        let key = request.into_inner().key.unwrap_or_default();
        let pass_token = self.0.bind(&who, &key).await?;
        Ok(Response::new(BindPassResponse { pass_token }))
    }

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        let who = Who::of(&request);
        let visit = request.into_inner().visit_id;
        let receipt = Some(self.0.receipt(&who, Some(&visit)).await?);
        Ok(Response::new(GetReceiptResponse { receipt }))
    }
}
