//! What a running shop tells operators, onto the board.

use std::time::Duration;

use amble_proto::v1::{
    GetStatusRequest, WatchStoreRequest, operator_service_client::OperatorServiceClient,
    watch_store_response::Event,
};
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::{board::Board, failure::Failure};

/// How often the shop is asked how it is doing.
const ASK: Duration = Duration::from_millis(500);

/// Shows a shop's carts and receipts until the shop or the answered task ends.
///
/// # Errors
/// When the shop does not answer.
pub(super) async fn start(
    mut operators: OperatorServiceClient<Channel>,
) -> Result<JoinHandle<()>, Failure> {
    let request = WatchStoreRequest {
        include_settled: false,
    };
    let mut events = operators.watch_store(request).await?.into_inner();
    Ok(tokio::spawn(async move {
        let mut board = Board::open();
        let mut ticks = tokio::time::interval(ASK);
        loop {
            tokio::select! {
                event = events.message() => match event {
                    Ok(Some(event)) => match event.event {
                        Some(Event::Cart(cart)) => board.cart(&cart),
                        Some(Event::Receipt(receipt)) => board.receipt(&receipt),
                        None => {}
                    },
                    _ => return,
                },
                _ = ticks.tick() => {
                    let Ok(status) = operators.get_status(GetStatusRequest {}).await else { return };
                    board.status(&status.into_inner());
                }
            }
        }
    }))
}
