//! The farm's parts, started bottom-up and stopped in reverse. The one place that knows them all.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix::{Actor, Addr, Context, Supervisor};
use actix_web::dev::ServerHandle;
use farandole_discovery::advertiser::{Advertise, Advertiser, SayGoodbye};
use farandole_protocol::event::{Event, EventLifeCycle, LifeCycleEventType};

use crate::ask;
use crate::broadcaster::{Broadcaster, EndAll, Publish};
use crate::compiler::Compiler;
use crate::config::Config;
use crate::farm_status::FarmStatus;
use crate::gatekeeper::Gatekeeper;
use crate::handout::Handout;
use crate::http;
use crate::job_intake::JobIntake;
use crate::last_rendered::LastRendered;
use crate::parts::Parts;
use crate::scheduler::{Scheduler, SchedulerParts};
use crate::settings::Settings;
use crate::store::{RemoveUnreleased, Store, StoreError};
use crate::task_logs::TaskLogs;
use crate::task_reports::TaskReports;
use crate::timeout_checker::TimeoutChecker;

/// All must have ended after so long.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// A running Manager.
#[derive(Debug)]
pub struct Manager {
    /// The addresses of its parts.
    pub parts: Parts,
    /// Where it listens.
    pub listen: std::net::SocketAddr,
    server: ServerHandle,
    advertiser: Option<Addr<Advertiser>>,
    _timeouts: Addr<TimeoutChecker>,
}

/// Why a Manager does not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// Somebody else listens there, or we may not.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The database cannot be used.
    #[error("cannot use the database")]
    Store(#[from] StoreError),
    /// A folder cannot be made or used.
    #[error("cannot use the folder {path}")]
    Folder {
        /// Which.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Threads or servers cannot be started.
    #[error("cannot start the server")]
    Server(#[source] io::Error),
}

/// Starts all parts. Runs in an actix system, whose end ends them.
pub async fn start(config: Config) -> Result<Manager, BootError> {
    todo!()
}
