//! Who may come in, and as what (rule S1).
//!
//! 1. With TLS, an edge shows a certificate, and carries the devices that it names; a device that it does not
//!    name is refused alone.
//! 2. An operator shows a token, as metadata `authorization: Bearer <token>`, whose role includes what is
//!    asked for. A shopper's pass is no such token.
//! 3. A node may do what an operator may: whoever has its key has the shop. So do those who are on its machine
//!    and may read its certificate.
//! 4. What is switched off asks nobody. That is said when the process starts, and by a metric.

use std::sync::Arc;

use amble_proto::v1::DeviceRef;
use amble_trust::{
    Caller, Keeper, device, node,
    token::{Role, TokenError, Verifier},
};
use axum::http::{Extensions, HeaderMap};
use tonic::{Request, Status};

use crate::{
    errors,
    ports::{Devices, Shoppers},
};

/// What the doors ask of those who come.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// The process's certificate. Without it there is no TLS, and edges carry what they say.
    pub keeper: Option<Arc<Keeper>>,
    /// Whose tokens operators may show. Without it everybody is an operator.
    pub operators: Option<Verifier>,
}

/// Who makes a call.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) caller: Option<Caller>,
    token: Option<String>,
}

impl Who {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        let caller = request.extensions().get::<Caller>().cloned();
        Self::shows(caller, request.metadata().as_ref())
    }

    /// The same for a plain HTTP request.
    pub(crate) fn of_http(extensions: &Extensions, headers: &HeaderMap) -> Self {
        Self::shows(extensions.get::<Caller>().cloned(), headers)
    }

    fn shows(caller: Option<Caller>, headers: &HeaderMap) -> Self {
        let token = bearer(headers).map(str::to_owned);
        Self { caller, token }
    }

    /// The pass or token that is shown.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

/// What `authorization: Bearer <pass>` shows; the scheme's name has no case (RFC 9110, 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, pass) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !pass.trim().is_empty()).then(|| pass.trim())
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.caller {
            Some(caller) => caller.fmt(f),
            None => f.write_str("an unknown address"),
        }
    }
}

/// An [`Admission`] with the shop that it is for.
#[derive(Clone)]
pub(crate) struct Guard {
    admission: Admission,
    shoppers: Arc<dyn Shoppers>,
    store: Arc<str>,
}

impl Guard {
    pub(crate) fn new(
        admission: Admission,
        devices: &dyn Devices,
        shoppers: Arc<dyn Shoppers>,
    ) -> Self {
        Self {
            admission,
            shoppers,
            store: devices.store_id().into(),
        }
    }

    /// Rule 1, for the edge as a whole.
    pub(crate) fn edge(&self, caller: Option<&Caller>) -> Result<(), Status> {
        let known = caller.is_some_and(|caller| caller.names().is_some());
        if self.admission.keeper.is_none() || known {
            return Ok(());
        }
        Err(errors::no_certificate())
    }

    /// Rule 1, for one device.
    pub(crate) fn carries(&self, caller: Option<&Caller>, named: &DeviceRef) -> bool {
        let name = device(&self.store, named.kind().word(), &named.device_id);
        let names = caller.and_then(Caller::names);
        self.admission.keeper.is_none() || names.is_some_and(|names| names.allow(&name))
    }

    /// Whose good token is shown, if one is.
    pub(crate) fn subject(&self, who: &Who) -> Option<String> {
        let operators = self.admission.operators.as_ref()?;
        let claims = operators.verify(who.token.as_deref()?);
        claims.ok().map(|claims| claims.sub)
    }

    /// Rules 2 and 3.
    pub(crate) fn operator(&self, who: &Who, role: Role) -> Result<(), Status> {
        let Some(operators) = &self.admission.operators else {
            return Ok(());
        };
        let names = who.caller.as_ref().and_then(Caller::names);
        if names.is_some_and(|names| names.allow(&node(&self.store))) {
            return Ok(());
        }
        let token = who.token.as_deref().ok_or_else(errors::no_token)?;
        match operators.verify(token) {
            Ok(claims) if claims.role >= role => Ok(()),
            Ok(claims) => Err(errors::not_your_role(&claims.sub, claims.role, role)),
            Err(TokenError::Forged) if self.shoppers.visit_of(token).is_ok() => {
                Err(errors::shoppers_token())
            }
            Err(error) => Err(errors::bad_token(&error)),
        }
    }
}
