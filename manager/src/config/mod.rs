//! The Manager's configuration: its keys, their types and their defaults. Read in `main`, and changed by
//! [`Settings`](crate::settings::Settings) alone, which tells everybody else through [`InForce`].

mod keys;
mod program;
mod types;

mod bounds;
mod change;
mod in_force;
mod update;

pub use change::{HIDDEN, KeyChange, known_to_flamenco};
pub use in_force::{Announcer, InForce, in_force};
pub use keys::{AFTER_RESTART, NOT_OVER_HTTP};
pub use program::{PROGRAM, load};
pub use types::{
    Audience, Config, GarbageCollect, LogFormat, Mqtt, MqttClient, Shaman, Variable, VariableValue,
};
pub use update::{Aside, Sender, UpdateError, Updated, update};
