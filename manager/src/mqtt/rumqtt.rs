//! A broker, by the crate rumqttc. Each connection has a client of its own, so that nothing of an old one is sent
//! again behind the queue's back.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use farandole_frames::open_regular;
use futures_util::stream::{self, StreamExt as _};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{Packet, PubAckReason};
use rumqttc::{
    AsyncClient, Broker as Target, Event, EventLoop, MqttOptions, PublishOptions, TlsConfiguration,
    Transport,
};

use super::address::{Address, Way};
use super::broker::{Broker, Connection, News, Outlet};
use super::queue::ON_THE_WAY;
use crate::config::MqttClient;

/// A sign of life after so many seconds without other traffic.
const KEEP_ALIVE: u16 = 30;
/// An attempt to connect may take so long.
const CONNECT: Duration = Duration::from_secs(10);
/// Used where no name is configured.
const CLIENT_ID: &str = "flamenco";

/// Where the broker is, and who we are to it.
pub(super) struct Rumqtt {
    address: Address,
    /// Who must have signed the broker's certificate, if not anybody whom this host trusts.
    ca_file: Option<PathBuf>,
    client_id: String,
    username: String,
    password: String,
}

impl Rumqtt {
    /// The broker at this address, with the names of this configuration.
    pub(super) fn new(address: Address, config: &MqttClient) -> Self {
        let client_id = if config.client_id.is_empty() {
            CLIENT_ID.to_owned()
        } else {
            config.client_id.clone()
        };
        Self {
            address,
            ca_file: config.ca_file.clone(),
            client_id,
            username: config.username.clone(),
            password: config.password.clone(),
        }
    }

    fn options(&self) -> Result<MqttOptions, String> {
        let (id, url) = (self.client_id.clone(), self.address.to_string());
        let tcp = || Target::tcp(self.address.name(), self.address.port);
        let mut options = match (self.address.way, self.address.secure) {
            (Way::Tcp, false) => MqttOptions::new(id, tcp()),
            (Way::Tcp, true) => {
                let mut options = MqttOptions::new(id, tcp());
                options.set_transport(Transport::tls_with_config(tls(self.ca_file.as_deref())?));
                options
            }
            (Way::WebSocket, false) => {
                let target = Target::websocket(url).map_err(|error| error.to_string())?;
                MqttOptions::new(id, target)
            }
            (Way::WebSocket, true) => {
                MqttOptions::websocket_with_tls_config(id, url, tls(self.ca_file.as_deref())?)
                    .map_err(|error| error.to_string())?
            }
        };
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_clean_start(true)
            .set_connect_timeout(CONNECT);
        match (self.username.is_empty(), self.password.is_empty()) {
            (true, true) => {}
            (false, true) => drop(options.set_username(self.username.as_str())),
            (true, false) => drop(options.set_password(self.password.clone())),
            (false, false) => {
                options.set_credentials(self.username.as_str(), self.password.clone());
            }
        }
        Ok(options)
    }
}

/// Whom to trust. The file is read for each attempt, so that one that was mended needs no restart.
fn tls(ca_file: Option<&Path>) -> Result<TlsConfiguration, String> {
    let Some(path) = ca_file else {
        return TlsConfiguration::try_default_rustls().map_err(|error| error.to_string());
    };
    let mut ca = Vec::new();
    let read = open_regular(path).and_then(|mut file| file.read_to_end(&mut ca));
    read.map_err(|error| {
        format!(
            "mqtt.client.ca_file: cannot read {}: {error}",
            path.display()
        )
    })?;
    Ok(TlsConfiguration::Simple {
        ca,
        alpn: None,
        client_auth: None,
    })
}

impl Broker for Rumqtt {
    fn connect(&self) -> Connection {
        let built = self.options().and_then(|options| {
            let builder = AsyncClient::builder(options).capacity(ON_THE_WAY);
            builder.try_build().map_err(|error| error.to_string())
        });
        match built {
            Ok((client, events)) => Connection {
                outlet: Box::new(Client(client)),
                news: stream::unfold(Some(events), follow).boxed_local(),
            },
            Err(error) => Connection {
                outlet: Box::new(NoClient),
                news: stream::iter([News::Lost(error)]).boxed_local(),
            },
        }
    }

    fn name(&self) -> String {
        self.address.to_string()
    }
}

/// The next thing that matters, until the connection is lost.
async fn follow(events: Option<EventLoop>) -> Option<(News, Option<EventLoop>)> {
    let mut events = events?;
    loop {
        let news = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => News::Connected,
            Ok(Event::Incoming(Packet::PubAck(answer))) => verdict(answer.reason),
            Ok(_) => continue,
            Err(error) => return Some((News::Lost(error.to_string()), None)),
        };
        return Some((news, Some(events)));
    }
}

/// That nobody has subscribed is no fault of a message.
fn verdict(reason: PubAckReason) -> News {
    if matches!(
        reason,
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers
    ) {
        News::Arrived
    } else {
        News::Refused(format!("{reason:?}"))
    }
}

struct Client(AsyncClient);

impl Outlet for Client {
    fn publish(&self, topic: String, payload: &str) {
        let payload = payload.to_owned();
        let options = PublishOptions::new(QoS::AtLeastOnce);
        if let Err(error) = self.0.try_publish(topic, payload, options) {
            // There is room for all that may be on the way, so that the connection is gone, which it tells itself.
            tracing::debug!(%error, "an event cannot be handed to the MQTT client");
        }
    }

    fn end(&self) {
        // A connection that is gone needs no goodbye.
        drop(self.0.try_disconnect());
    }
}

/// Stands for a client that could not be made.
struct NoClient;

impl Outlet for NoClient {
    fn publish(&self, _: String, _: &str) {}

    fn end(&self) {}
}
