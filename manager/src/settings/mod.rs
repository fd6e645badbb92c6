//! Settings: the configuration in force, and what follows from it: variables, the storage's place, the Manager's name.
//!
//! It was read and checked in `main`, and is changed here alone. A change is merged into the file, then in force, then
//! told: to the Scheduler as a fact, if limits have changed, and to everybody else through
//! [`InForce`](crate::config::InForce). It asks nobody.

mod actor;
mod messages;
mod setup;
mod version;

pub use actor::{Settings, SettingsParts};
pub use messages::{
    ChangeSettings, FindAllSettings, FindAllowed, FindConfiguration, FindPrivatePath,
    FindSharedStorage, FindVariables, FindVersion, FindWorkerPrograms, NameFolders, NameOutputs,
    ResolvePath, ResolveTask, SaveSetup, ShowPaths, ThresholdsChanged, WorkerPrograms,
};
