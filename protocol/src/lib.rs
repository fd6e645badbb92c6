//! What travels between Farandole's processes, and nothing else: ids, states, the bodies of the Flamenco v3
//! interface, events, paths and headers, and the typed HTTP client.
//!
//! It knows no actor, no database and no clock but [`time::now`].

pub mod ids;
pub mod status;
pub mod time;

mod wire;

pub mod api;
pub mod event;
pub mod frame_ranges;
pub mod headers;
pub mod paths;
pub mod proof;
pub mod shell_split;

pub mod client;

pub mod contract;
pub mod schemas;
