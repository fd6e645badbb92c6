//! Mqtt: the farm's events at a broker of MQTT 5, each as JSON under the topic prefix and its own topic, with QoS 1;
//! all but the text of logs. It listens to the Broadcaster, and asks nobody else.
//!
//! What the broker has not accepted waits in memory, in order, and is sent again when the connection broke: a broker
//! that restarts costs nothing, and may be told a few events twice. It is in memory because the events of a Manager
//! that has ended say nothing that its lists do not say better. The queue is bounded; from a broker that is away for
//! long, the oldest events are kept back and counted.

mod address;
mod broker;
mod queue;
mod rumqtt;

mod actor;

#[cfg(test)]
mod tests;

pub use actor::{Finish, Mqtt};
pub use address::InvalidAddress;

use actix::{Actor as _, Addr};

use crate::broadcaster::Broadcaster;
use crate::config::MqttClient;
use address::Address;
use rumqtt::Rumqtt;

/// Starts to send events where the configuration says, if it does. A broker that cannot be understood is said and left
/// alone: the farm works without.
pub fn start(config: &MqttClient, broadcaster: Addr<Broadcaster>) -> Option<Addr<Mqtt>> {
    if !config.enabled {
        return None;
    }
    match Address::parse(&config.broker, &config.topic_prefix) {
        Ok(address) => {
            let prefix = config.topic_prefix.clone();
            let broker = Rumqtt::new(address, config);
            Some(Mqtt::new(Box::new(broker), prefix, broadcaster).start())
        }
        Err(error) => {
            tracing::error!(%error, "no events are sent to an MQTT broker");
            None
        }
    }
}
