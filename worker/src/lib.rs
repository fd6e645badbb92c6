//! The Worker: asks a Manager for tasks, runs them, and tells how they go.
//!
//! [`boot::start`] puts it together; tests do the same with a scripted [`contact::Outside`].
//!
//! | actor | owns |
//! |---|---|
//! | [`foreman::Foreman`] | which state the Worker is in, which Manager it works for, and when it ends |
//! | [`states`] | the work of one state each: Starting, Awake, Asleep, Leaving |
//! | [`executor::TaskExecutor`] | the running task |
//! | [`upstream::Upstream`] | task updates on their way to the Manager |
//! | [`uploader::OutputUploader`] | the newest picture |
//! | [`inspector::Inspector`] | what the Manager expects of this host, and what was found |
//! | [`heartbeat::Heartbeat`] | the question whether the task may go on |

pub mod boot;
pub mod config;
pub mod life_sign;
pub mod setup;

pub mod foreman;
pub mod states;

pub mod contact;
pub mod executor;
pub mod heartbeat;
pub mod identity;
pub mod inspector;
pub mod uploader;
pub mod upstream;

pub mod blender;
pub mod files;
pub mod process;

pub mod ask;
pub mod text;
