//! Socket.IO, as Flamenco's web clients speak it: Socket.IO v2 in packets of Engine.IO v3, over WebSocket only. A
//! client hears of starts, ends and the farm's state by itself, and of all else when it subscribes to it.
//!
//! `packet.rs` reads and writes packets, `rooms.rs` says what a client hears of, `session.rs` talks to one client,
//! `handlers.rs` lets clients in.

mod packet;
mod rooms;
mod session;

mod handlers;

pub(super) use handlers::configure;
