//! DatabaseCheck: a clock tick. Every `database_check_period` the database file is looked through for damage, and what
//! is found is said in the log: the sooner somebody knows of a failing disk, the better the backup. Asks the Store.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context};

use crate::ask;
use crate::store::{CheckIntegrity, Store};

/// See the [module](self).
#[derive(Debug)]
pub struct DatabaseCheck {
    store: Rc<Store>,
    period: Duration,
}

impl DatabaseCheck {
    /// Looks through this database every so often; never if the period is nothing.
    pub fn new(store: Store, period: Duration) -> Self {
        Self {
            store: Rc::new(store),
            period,
        }
    }
}

impl Actor for DatabaseCheck {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        if self.period.is_zero() {
            return;
        }
        ctx.run_interval(self.period, |this, _| {
            let store = Rc::clone(&this.store);
            ask::in_background(async move { check(&store).await });
        });
    }
}

async fn check(store: &Store) {
    match store.read(CheckIntegrity).await {
        Ok(Ok(findings)) if findings.is_empty() => tracing::debug!("the database is sound"),
        Ok(Ok(findings)) => {
            for finding in findings {
                tracing::error!(finding, "the database is damaged: restore a backup");
            }
        }
        Ok(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the database cannot be checked"
            );
        }
        // Busy, or ending: there will be another time, or none is needed.
        Err(error) => tracing::debug!(%error, "no check of the database this time"),
    }
}
