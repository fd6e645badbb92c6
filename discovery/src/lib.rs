//! How Managers make themselves known in the local network, and how Workers and people's programs find them: SSDP,
//! the first half of `UPnP`, as Flamenco speaks it.
//!
//! It knows nothing of jobs or Workers, and fetches nothing: the XML document is served by the Manager's own HTTP,
//! and whether a found Manager really answers is asked by the caller of [`search::search`].
//!
//! Farms are told apart by a key in a header that Flamenco ignores, see [`message::FARM_HEADER`].

pub mod advertiser;
pub mod description;
pub mod interfaces;
pub mod message;
pub mod own_urls;
pub mod search;

mod candidates;
mod socket;
