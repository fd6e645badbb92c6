//! The Store: the database, and the only place with SQL.
//!
//! One thread writes, several read; each is an actor on a thread of its own, behind a counted front. Decisions of the
//! farm arrive as [`Commit`]; everything else is a message that carries its own execution ([`Query`]). It asks
//! nobody.
//!
//! The types are chosen so that another database can hold the same: text, integers, and nothing that only SQLite has.

mod codes;
mod connection;
mod error;
mod files;
mod handle;
mod query;
mod schema;
mod threads;
mod update;

mod apply;
mod apply_outputs;
mod apply_tags;
mod commit;
mod compact;
mod imported;
mod load;
mod load_workers;
mod queries;

pub mod flamenco;

pub use commit::{Commit, Committed};
pub use connection::Connection;
pub use error::StoreError;
pub use handle::{Store, StoreOptions};
pub use load::{FindTaskState, LoadFarm, LoadJob, LoadJobOfTask};
pub use queries::attempts::ListAttempts;
pub use queries::deletions::{FindRemains, ListDoomed, ListJobsUntil, Remains, RemoveSlice};
pub use queries::jobs::{FindJob, JobExists, ListBlocklist, ListJobs};
pub use queries::outputs::{FindHandout, ListOutputs, OutputPlace};
pub use queries::submissions::{BeginJob, DiscardJob, NewTask, RemoveUnreleased, StoreTasks};
pub use queries::tags::{FindSleepSchedule, FindTag, ListTags};
pub use queries::tasks::{FindCommands, FindTask, FindTaskPlace, ListTasks};
pub use queries::upkeep::{
    CheckIntegrity, EndProbe, FindLastRenderedJob, Probe, SetLastRenderedJob,
};
pub use queries::workers::{
    FindCredentials, FindInstance, FindWorker, ListWorkers, ReplaceCredentials,
};
pub use query::{AsJson, JsonText, Query};

#[cfg(test)]
mod tests;
