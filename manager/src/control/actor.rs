//! The actor that carries the commands out.

use std::net::SocketAddr;

use actix::{Actor, Context, Handler};
use tracing::instrument;

use super::messages::{ControlAnswer, ControlRequest, ManagerStatus};
use crate::ask::{self, Ask, Front};
use crate::parts::Parts;

/// So many requests may wait.
const MAILBOX: usize = 16;

/// See the [module](super).
#[derive(Debug)]
pub struct Control {
    parts: Parts,
    address: SocketAddr,
}

impl Control {
    /// Answers for these parts, and for a server that listens at this address.
    pub fn new(parts: Parts, address: SocketAddr) -> Self {
        Self { parts, address }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Actor for Control {
    type Context = Context<Self>;
}

impl Handler<Ask<ControlRequest>> for Control {
    type Result = ();

    #[instrument(name = "control.carry_out", level = "debug", skip_all, fields(order = ?ask.order))]
    fn handle(&mut self, ask: Ask<ControlRequest>, _: &mut Context<Self>) {
        let (parts, address) = (self.parts.clone(), self.address);
        ask::in_background(async move {
            let answer = match ask.order {
                ControlRequest::Status => status(&parts, address).await,
            };
            ask.reply.answer(answer);
        });
    }
}

async fn status(parts: &Parts, address: SocketAddr) -> ControlAnswer {
    let parts = parts.health().await;
    let trouble: Vec<String> = parts
        .iter()
        .filter(|part| !part.ready)
        .map(ToString::to_string)
        .collect();
    ControlAnswer::Status(ManagerStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        process: std::process::id(),
        address: format!("http://{address}/"),
        ready: trouble.is_empty(),
        trouble,
    })
}
