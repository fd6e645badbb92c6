//! Talking to a Manager, typed: what a Worker needs as a trait, so that tests can script a Manager, and
//! [`ManagerHttp`], which does it over HTTP and besides has what a submitter or a person watching needs.
//!
//! Every binary that uses [`ManagerHttp`] installs rustls's ring provider first thing in `main`; reqwest panics
//! without one. Not here: finding a Manager (the crate `discovery`), and asking again when one is away.

mod credentials;
mod error;
mod manager_url;

mod manager_client;

mod events;
mod files;
mod http;
mod person;
mod sse;
mod tags;
mod worker;

pub use credentials::Credentials;
pub use error::ClientError;
pub use events::{EventStream, StreamMessage};
pub use files::FileStream;
pub use http::ManagerHttp;
pub use manager_client::{Call, ManagerClient, TaskAnswer, TaskReply};
pub use manager_url::{DEFAULT_PORT, InvalidManagerUrl, parse_manager_url};
pub use sse::{SseEvent, SseParser};
