//! DatabaseCheck: a clock tick. Every `database_check_period` the database file is looked through for damage, and what
//! is found is said in the log: the sooner somebody knows of a failing disk, the better the backup. Asks the Store.

use std::rc::Rc;

use actix::{Actor, AsyncContext, Context, WrapFuture};

use crate::config::InForce;
use crate::store::{CheckIntegrity, Store};

/// See the [module](self).
#[derive(Debug)]
pub struct DatabaseCheck {
    store: Rc<Store>,
    config: InForce,
}

impl DatabaseCheck {
    /// Looks through this database as often as is in force; never while the period is nothing.
    pub fn new(store: Store, config: InForce) -> Self {
        Self {
            store: Rc::new(store),
            config,
        }
    }
}

impl Actor for DatabaseCheck {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let work = watch_over(Rc::clone(&self.store), self.config.clone());
        ctx.spawn(work.into_actor(self));
    }
}

async fn watch_over(store: Rc<Store>, mut config: InForce) {
    loop {
        let period = config.get().database_check_period.0;
        let another = config.changed();
        if period.is_zero() {
            if !another.await {
                return;
            }
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(period) => check(&store).await,
            is_alive = another => if !is_alive { return },
        }
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
