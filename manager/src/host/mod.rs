//! Host: what is on this host that people ask about before the farm is set up: whether a folder can be the shared
//! storage, which Blenders there are, and the add-on that they need.
//!
//! Nothing here is decided or remembered. What takes long runs beside the actor, a few at a time. It asks nobody.

mod actor;
mod messages;
mod names;
mod storage;

pub use actor::Host;
pub use messages::{CheckBlender, CheckSharedStorage, FindBlender, OpenAddon};
pub(crate) use names::own_names;
