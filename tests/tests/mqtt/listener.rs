//! Somebody who listens to a broker.

use std::fs;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use farandole_tests::harness::eventually;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::Packet;
use rumqttc::{AsyncClient, Event, MqttOptions, SessionMode};
use serde_json::Value;

use super::broker::{Broker, PASSWORD};

/// Somebody who hears of everything, on a thread of its own, to the end of the test.
pub(crate) struct Listener(Receiver<Told>);

/// An event as it came: topic and payload.
pub(crate) type Told = (String, Value);

impl Listener {
    /// Begins to listen, and waits until the broker has written that down.
    pub(crate) fn start(broker: &Broker) -> Self {
        let mut options = MqttOptions::new("listener", ("127.0.0.1", broker.port));
        options.set_session_mode(SessionMode::Persistent);
        options.set_credentials("farm", PASSWORD);
        let (sender, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(listen(options, sender));
        });
        let saved = broker.folder.join("mosquitto.db");
        eventually("the broker has saved the subscription", || {
            fs::read(&saved)
                .is_ok_and(|saved| contains(&saved, b"listener"))
                .then_some(())
        });
        Self(told)
    }

    /// What was heard until an event for which `last` is true, which must come.
    pub(crate) fn until(&self, last: impl Fn(&Told) -> bool) -> Vec<Told> {
        let mut all = Vec::new();
        loop {
            let told = self.0.recv_timeout(Duration::from_mins(2));
            all.push(told.unwrap_or_else(|_| panic!("not all was told: {all:?}")));
            if all.last().is_some_and(&last) {
                return all;
            }
        }
    }
}

/// Passes on what is told; a broken connection is made again.
async fn listen(options: MqttOptions, to: Sender<Told>) {
    let (client, mut events) = AsyncClient::builder(options).capacity(10).build();
    client.try_subscribe("#", QoS::AtLeastOnce).unwrap();
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(told))) => {
                let topic = String::from_utf8(told.topic.to_vec()).unwrap();
                let payload = serde_json::from_slice(&told.payload).unwrap();
                if to.send((topic, payload)).is_err() {
                    return;
                }
            }
            Ok(_) => {}
            // As clients do: a broker that is away is left alone for a moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|found| found == part)
}
