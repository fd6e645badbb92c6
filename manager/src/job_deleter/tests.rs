//! A deletion that fails is tried again, and what was marked before the process ended is taken up.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::rc::Rc;

use farandole_protocol::api::{JobMetadata, JobSettings};
use farandole_protocol::ids::JobId;
use farandole_protocol::time::now;
use futures_util::future::LocalBoxFuture;

use super::{Checkouts, DeleteJob, EraseError, JobDeleter, JobDeleterParts, WhatWouldGo};
use crate::ask::{self, Front};
use crate::boot::{self, Manager};
use crate::config;
use crate::farm::commands::deletion::MarkForDeletion;
use crate::farm::commands::jobs::ReleaseJob;
use crate::farm::job::Job;
use crate::scheduler::give_order;
use crate::shaman::ShamanError;
use crate::store::{BeginJob, FindJob, LoadJob};

/// A storage that is away for so many tries.
#[derive(Debug)]
struct Away(Rc<Cell<u32>>);

impl Checkouts for Away {
    fn is_on(&self) -> bool {
        true
    }

    fn erase(&self, checkout: String) -> LocalBoxFuture<'static, Result<(), EraseError>> {
        assert_eq!(checkout, "shot/1");
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        Box::pin(async move {
            if left == 0 {
                return Ok(());
            }
            let error = io::Error::from(io::ErrorKind::HostUnreachable);
            Err(ShamanError::from(error).into())
        })
    }
}

async fn farm(folder: &std::path::Path) -> Manager {
    let flags = ["--listen=127.0.0.1:0", "--autodiscoverable=no"].map(OsString::from);
    let (config, loaded) = config::load(&flags, &BTreeMap::new(), folder).unwrap();
    let manager = boot::start(config, loaded, None).await.unwrap();
    while manager.parts.health().await.iter().any(|part| !part.ready) {
        tokio::task::yield_now().await;
    }
    manager
}

/// Stores a job with a checkout, and releases it.
async fn job(manager: &Manager) -> JobId {
    let id = JobId::random();
    let begin = BeginJob {
        id,
        name: "a job".to_owned(),
        job_type: "test".to_owned(),
        priority: 50,
        settings: JobSettings::default(),
        metadata: JobMetadata::default(),
        shaman_checkout_id: Some("shot/1".to_owned()),
        tag: None,
        created: now(),
        steps_total: 0,
        allow: Vec::new(),
        keep_existing: false,
    };
    let (store, scheduler) = (&manager.parts.store, &manager.parts.scheduler);
    store.write(begin).await.unwrap().unwrap();
    let image = store.load(LoadJob { id }).await.unwrap().unwrap().unwrap();
    let release = ReleaseJob {
        job: Box::new(Job::from_image(image)),
        initial_status: farandole_protocol::status::JobStatus::Queued,
        findings: Vec::new(),
    };
    give_order(scheduler, release).await.unwrap();
    id
}

/// A deleter whose storage is away at first. Gives how often it will be.
fn deleter(manager: &Manager, away: u32) -> (Front<JobDeleter>, Rc<Cell<u32>>) {
    let left = Rc::new(Cell::new(away));
    let parts = JobDeleterParts {
        checkouts: Box::new(Away(Rc::clone(&left))),
        logs: manager.parts.logs.clone(),
        store: manager.parts.store.clone(),
        scheduler: manager.parts.scheduler.clone(),
        last_rendered: manager.parts.last_rendered.hearing(),
    };
    (JobDeleter::new(parts).start(), left)
}

async fn exists(manager: &Manager, id: JobId) -> bool {
    let found = manager.parts.store.read(FindJob { id }).await;
    found.unwrap().unwrap().is_some()
}

#[actix::test]
async fn a_job_stays_marked_while_its_checkout_cannot_be_removed_and_goes_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let manager = farm(folder.path()).await;
    let (deleter, left) = deleter(&manager, 1);
    let id = job(&manager).await;
    let would = ask::ask(&deleter, WhatWouldGo { job: id }).await.unwrap();
    assert!(would.unwrap().shaman_checkout);
    ask::ask(&deleter, DeleteJob { job: id })
        .await
        .unwrap()
        .unwrap();
    while left.get() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(exists(&manager, id).await, "it is tried again later");
    while exists(&manager, id).await {
        tokio::task::yield_now().await;
    }
    manager.stop().await;
}

#[actix::test]
async fn what_was_marked_before_is_taken_up_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let manager = farm(folder.path()).await;
    let id = job(&manager).await;
    let mark = MarkForDeletion { job: id };
    give_order(&manager.parts.scheduler, mark)
        .await
        .unwrap()
        .unwrap();
    assert!(exists(&manager, id).await);
    let (_deleter, _) = deleter(&manager, 0);
    while exists(&manager, id).await {
        tokio::task::yield_now().await;
    }
    manager.stop().await;
}
