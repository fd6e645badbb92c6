//! Mqtt: the farm's events at a broker of MQTT 5, each as JSON under the topic prefix and its own topic, with
//! `QoS` 1; all but the text of logs. It listens to the Broadcaster, and asks nobody else.
//!
//! What the broker has not accepted waits in memory, in order, and is sent again when the connection broke: a broker
//! that restarts costs nothing, and may be told a few events twice. It is in memory because the events of a Manager
//! that has ended say nothing that its lists do not say better. The queue is bounded; while a broker is away for
//! long, the oldest events are dropped and counted.

mod address;
mod broker;
mod figures;
mod queue;
mod rumqtt;

mod actor;
mod start;

#[cfg(test)]
mod tests;

pub use actor::{Finish, Mqtt};
pub use address::InvalidAddress;
pub use figures::MqttFigures;
pub use start::start;
