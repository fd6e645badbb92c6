//! What the Worker does in each of its states. Exactly one is entered at a time, by the Foreman.
//!
//! ```text
//!            ┌────────── the Manager does not know us any more ──────────┐
//!            ▼                                                           │
//!         Starting ──signed on──▶ Awake ◀──── as the Manager ────▶ Asleep
//!            │                      │           wishes               │
//!            └──────────────────────┴── offline, restart, signal ────┴──▶ Leaving ──▶ the end
//! ```
//! The state's work is one function, which tells the Foreman what it comes to know and ends when the state is over;
//! [`Shift`] is the actor that carries it out and can be told to leave at any time.

mod asleep;
mod awake;
mod duty;
mod leaving;
mod pace;
mod shift;
mod starting;

pub use asleep::asleep;
pub use awake::awake;
pub use duty::Duty;
pub use leaving::{Farewell, leaving};
pub use shift::{Leave, News, Post, Shift, StateNews};
pub use starting::{Start, starting};
