//! The farm in containers, as docker-compose.yml describes it, from images that were built from the Dockerfile.
//! Needs a Docker engine: `./farm test --containers` sees to that.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

mod attempts;
mod docker;
mod farm;

mod away;
mod bad_starts;
mod hardened;
mod scaling;
