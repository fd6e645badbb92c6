//! Checks in order.
//!
//! actix extracts all arguments of a handler at once, and the first error that is found wins. Here the order is part
//! of the interface: bad credentials win over a bad body, and a bad body over a bad id. So what must be checked in
//! order stands in one argument.

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

/// Extracts one after the other; the first error ends it. A body is not even read for somebody who may not call.
#[derive(Debug)]
pub(super) struct InOrder<T>(pub(super) T);

macro_rules! in_order {
    ($($part:ident),+) => {
        impl<$($part: FromRequest + 'static),+> FromRequest for InOrder<($($part,)+)> {
            type Error = Error;
            type Future = LocalBoxFuture<'static, Result<Self, Error>>;

            fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let (req, mut payload) = (req.clone(), payload.take());
                Box::pin(async move {
                    Ok(Self(($($part::from_request(&req, &mut payload).await.map_err(Into::into)?,)+)))
                })
            }
        }
    };
}

in_order!(A, B);
in_order!(A, B, C);
