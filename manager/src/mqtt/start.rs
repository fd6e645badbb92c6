//! Whether there is a broker to send events to.

use super::actor::Mqtt;
use super::address::Address;
use super::rumqtt::Rumqtt;
use crate::ask::Front;
use crate::broadcaster::Broadcaster;
use crate::config::MqttClient;

/// Starts to send events where the configuration says, if it does. A broker that cannot be understood is said and left
/// alone: the farm works without.
pub fn start(config: &MqttClient, broadcaster: Front<Broadcaster>) -> Option<Front<Mqtt>> {
    if !config.enabled {
        return None;
    }
    let has_ca = config.ca_file.is_some();
    match Address::parse(&config.broker, &config.topic_prefix, has_ca) {
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
