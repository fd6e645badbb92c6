//! Pure: the packets of SSDP, read from and written to bytes.
//!
//! Reading takes whatever the network brings: header names in any case and order, bare line feeds, bytes that are
//! not text. It never panics, and what it does not need it ignores. Writing cannot be made to add a header, because
//! values lose their control characters.
//!
//! Left out: DATE, which nobody reads and which would need a clock, and all of `UPnP` 1.1 (boot ids, configuration
//! ids), which Flamenco does not speak.

use std::net::Ipv4Addr;
use std::time::Duration;

/// The type of service that a Manager offers; what is searched for.
pub const SERVICE: &str = "urn:flamenco:manager:0";

/// The device id that all Managers on earth share.
pub const DEVICE_UUID: &str = "aa80bc5f-d0af-46b8-8630-23bd7e80ec4d";

/// The multicast group of SSDP.
pub const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);

/// The port of SSDP.
pub const PORT: u16 = 1900;

/// Below each of a Manager's own URLs: where its description is served, and what LOCATION names.
pub const DESCRIPTION_PATH: &str = "/upnp/description.xml";

/// The header with the farm's key. Flamenco neither sends nor reads it.
pub const FARM_HEADER: &str = "X-FARANDOLE-FARM";

/// How long others may believe an announcement.
pub const MAX_AGE: Duration = Duration::from_hours(1);

/// The largest packet that is read, as in Flamenco; ours have some 400 bytes.
pub const MAX_PACKET: usize = 2048;

const DISCOVER: &str = "\"ssdp:discover\"";
const ALIVE: &str = "ssdp:alive";
const BYEBYE: &str = "ssdp:byebye";

/// One packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// Somebody searches.
    Search(Search),
    /// The answer to a search.
    Answer(Advert),
    /// Something has come, or is still there.
    Alive(Advert),
    /// Something goes.
    Byebye(Identity),
}

/// What somebody searches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search {
    /// ST: a service, a device id or `ssdp:all`.
    pub target: String,
    /// MX: the time within which answers are wanted, in seconds.
    pub patience: u8,
    /// The farm's key; empty: any.
    pub farm: String,
}

/// What is offered, and by whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// ST of an answer, NT of a notification.
    pub target: String,
    /// USN: device id and service.
    pub usn: String,
}

/// An offer and where to find it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Advert {
    /// What is offered, and by whom.
    pub identity: Identity,
    /// LOCATION: the URL of the description.
    pub location: String,
    /// SERVER: the program that answers.
    pub server: String,
    /// The farm's key; empty: none was sent.
    pub farm: String,
}

/// Why bytes are not a packet that is understood. Most are some other program's, so nobody logs this.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// The first line is none of the three that SSDP has.
    #[error("not a packet of SSDP")]
    FirstLine,
    /// A header that is needed is missing or empty.
    #[error("no header {0}")]
    Missing(&'static str),
    /// NTS is neither alive nor byebye.
    #[error("unknown notification")]
    Notification,
}

impl Search {
    /// A search for Managers of the farm with this key; empty: of any.
    pub fn for_managers(farm: &str, patience: u8) -> Self {
        Self {
            target: SERVICE.to_owned(),
            patience,
            farm: clean(farm),
        }
    }

    /// Whether a Manager of the farm with this key is meant.
    pub fn means_manager_of(&self, farm: &str) -> bool {
        let target = self.target.strip_prefix("uuid:").unwrap_or(&self.target);
        let wanted = ["ssdp:all", SERVICE, DEVICE_UUID]
            .iter()
            .any(|known| target.eq_ignore_ascii_case(known));
        wanted && (self.farm.is_empty() || self.farm == clean(farm))
    }

    /// The target to name in an answer: a search for everything is answered with what there is.
    pub fn answered_target(&self) -> String {
        if self.target.eq_ignore_ascii_case("ssdp:all") {
            SERVICE.to_owned()
        } else {
            self.target.clone()
        }
    }
}

impl Identity {
    /// A Manager, as the answer to a search for `target`.
    pub fn manager(target: String) -> Self {
        Self {
            target,
            usn: format!("uuid:{DEVICE_UUID}::{SERVICE}"),
        }
    }

    /// Whether this is a Manager. As in Flamenco only the device id counts.
    pub fn is_manager(&self) -> bool {
        let device = self
            .usn
            .strip_prefix("uuid:")
            .and_then(|rest| rest.split_once("::"));
        device.is_some_and(|(id, _)| id.eq_ignore_ascii_case(DEVICE_UUID))
    }
}

impl Advert {
    /// Whether this is a Manager of the farm with this key; empty: of any.
    pub fn is_manager_of(&self, farm: &str) -> bool {
        let farm = clean(farm);
        self.identity.is_manager() && (farm.is_empty() || self.farm == farm)
    }
}

impl Message {
    /// Reads a packet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let mut first = lines.next().unwrap_or_default().split_ascii_whitespace();
        let headers = Headers::read(lines);
        match (first.next(), first.next()) {
            (Some("M-SEARCH"), Some("*")) => headers.search(),
            (Some("NOTIFY"), Some("*")) => headers.notification(),
            (Some(version), Some("200")) if version.starts_with("HTTP/") => {
                headers.advert("ST").map(Self::Answer)
            }
            _ => Err(ParseError::FirstLine),
        }
    }

    /// Writes the packet.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Search(search) => Writer::new("M-SEARCH * HTTP/1.1")
                .host()
                .header("MAN", DISCOVER)
                .header("MX", &search.patience.to_string())
                .header("ST", &search.target)
                .farm(&search.farm)
                .end(),
            Self::Answer(advert) => Writer::new("HTTP/1.1 200 OK")
                .header("EXT", "")
                .identity("ST", &advert.identity)
                .advert(advert)
                .end(),
            Self::Alive(advert) => Writer::new("NOTIFY * HTTP/1.1")
                .host()
                .header("NTS", ALIVE)
                .identity("NT", &advert.identity)
                .advert(advert)
                .end(),
            Self::Byebye(identity) => Writer::new("NOTIFY * HTTP/1.1")
                .host()
                .header("NTS", BYEBYE)
                .identity("NT", identity)
                .end(),
        }
    }
}

/// A header's value as it survives the way through a packet: no control characters, no space at its ends.
pub fn clean(value: &str) -> String {
    let spaced: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.trim().to_owned()
}

/// Headers by name in upper case; of two with the same name the first counts.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let body = lines.take_while(|line| !line.is_empty());
        let pairs = body.filter_map(|line| line.split_once(':'));
        Self(
            pairs
                .map(|(name, value)| (name.trim().to_ascii_uppercase(), clean(value)))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> String {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn need(&self, name: &'static str) -> Result<String, ParseError> {
        Some(self.get(name))
            .filter(|value| !value.is_empty())
            .ok_or(ParseError::Missing(name))
    }

    fn search(&self) -> Result<Message, ParseError> {
        self.need("MAN")?; // its value is checked by nobody
        // Something that is not a small number still is a wish for an answer: a quick one.
        let patience = self.need("MX")?.parse().unwrap_or(1);
        Ok(Message::Search(Search {
            target: self.need("ST")?,
            patience,
            farm: self.get(FARM_HEADER),
        }))
    }

    fn notification(&self) -> Result<Message, ParseError> {
        match self.need("NTS")?.as_str() {
            ALIVE => self.advert("NT").map(Message::Alive),
            BYEBYE => self.identity("NT").map(Message::Byebye),
            _ => Err(ParseError::Notification),
        }
    }

    fn advert(&self, target: &'static str) -> Result<Advert, ParseError> {
        Ok(Advert {
            identity: self.identity(target)?,
            location: self.need("LOCATION")?,
            server: self.get("SERVER"),
            farm: self.get(FARM_HEADER),
        })
    }

    fn identity(&self, target: &'static str) -> Result<Identity, ParseError> {
        Ok(Identity {
            target: self.get(target),
            usn: self.need("USN")?,
        })
    }
}

struct Writer(String);

impl Writer {
    fn new(first_line: &str) -> Self {
        Self(format!("{first_line}\r\n"))
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        for part in [name, ": ", &clean(value), "\r\n"] {
            self.0.push_str(part);
        }
        self
    }

    fn host(self) -> Self {
        self.header("HOST", &format!("{GROUP}:{PORT}"))
    }

    fn farm(self, farm: &str) -> Self {
        if farm.is_empty() {
            self
        } else {
            self.header(FARM_HEADER, farm)
        }
    }

    fn identity(self, target: &str, identity: &Identity) -> Self {
        self.header(target, &identity.target)
            .header("USN", &identity.usn)
    }

    fn advert(self, advert: &Advert) -> Self {
        self.header("LOCATION", &advert.location)
            .header("CACHE-CONTROL", &format!("max-age={}", MAX_AGE.as_secs()))
            .header("SERVER", &advert.server)
            .farm(&advert.farm)
    }

    fn end(self) -> Vec<u8> {
        (self.0 + "\r\n").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn manager(farm: &str) -> Advert {
        Advert {
            identity: Identity::manager(SERVICE.to_owned()),
            location: "http://192.0.2.1:8080/upnp/description.xml".to_owned(),
            server: "linux/0.0 UPnP/1.0 farandole/1".to_owned(),
            farm: farm.to_owned(),
        }
    }

    fn search(target: &str, farm: &str) -> Search {
        Search {
            target: target.to_owned(),
            patience: 3,
            farm: farm.to_owned(),
        }
    }

    #[test]
    fn the_search_of_a_flamenco_worker_is_read() {
        let packet = b"M-SEARCH * HTTP/1.1\r\nMX: 3\r\nst: urn:flamenco:manager:0\r\nHost: 239.255.255.250:1900\r\n\
            MAN: \"ssdp:discover\"\r\n\r\n";
        assert_eq!(
            Message::parse(packet),
            Ok(Message::Search(search(SERVICE, "")))
        );
    }

    #[test]
    fn the_answer_of_a_flamenco_manager_is_read() {
        let packet = b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=3600\r\nDATE: Mon, 02 Jan 2023 15:04:05 CET\r\nEXT: \r\n\
            LOCATION: http://192.0.2.1:8080/upnp/description.xml\r\nSERVER: linux/0.0 UPnP/1.0 farandole/1\r\n\
            Usn: uuid:aa80bc5f-d0af-46b8-8630-23bd7e80ec4d::urn:flamenco:manager:0\r\nST: urn:flamenco:manager:0\r\n\r\n";
        assert_eq!(Message::parse(packet), Ok(Message::Answer(manager(""))));
    }

    #[test]
    fn a_written_search_has_all_that_flamenco_wants() {
        let text = String::from_utf8(Message::Search(Search::for_managers("north", 3)).to_bytes())
            .unwrap();
        assert_eq!(
            text,
            "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\n\
             ST: urn:flamenco:manager:0\r\nX-FARANDOLE-FARM: north\r\n\r\n"
        );
    }

    #[test]
    fn searches_that_flamenco_leaves_unanswered_are_not_understood() {
        let whole = "M-SEARCH * HTTP/1.1\r\nMAN: x\r\nMX: 3\r\nST: ssdp:all\r\n\r\n";
        assert!(Message::parse(whole.as_bytes()).is_ok());
        for (cut, instead) in [
            ("MAN: x", "MAN: "),
            ("MX: 3", "MY: 3"),
            ("ST: ssdp:all", "ST:"),
            ("*", "/x"),
        ] {
            assert!(
                Message::parse(whole.replace(cut, instead).as_bytes()).is_err(),
                "{cut}"
            );
        }
    }

    #[test]
    fn a_manager_is_meant_by_service_device_and_all() {
        for target in [
            "ssdp:all",
            SERVICE,
            DEVICE_UUID,
            "uuid:aa80bc5f-d0af-46b8-8630-23bd7e80ec4d",
        ] {
            assert!(search(target, "").means_manager_of("north"), "{target}");
        }
        for target in ["upnp:rootdevice", "urn:flamenco:manager:1", "uuid:"] {
            assert!(!search(target, "").means_manager_of(""), "{target}");
        }
    }

    #[test]
    fn a_farm_is_served_to_its_own_and_to_those_who_take_any() {
        for (wanted, offered, taken) in [
            ("", "", true),
            ("", "north", true),
            ("north", "north", true),
            ("north", "", false),
            ("north", "south", false),
        ] {
            assert_eq!(
                search(SERVICE, wanted).means_manager_of(offered),
                taken,
                "{wanted:?} {offered:?}"
            );
            assert_eq!(
                manager(offered).is_manager_of(wanted),
                taken,
                "{wanted:?} {offered:?}"
            );
        }
    }

    #[test]
    fn only_the_device_id_makes_a_manager() {
        let with = |usn: &str| {
            Identity {
                target: String::new(),
                usn: usn.to_owned(),
            }
            .is_manager()
        };
        assert!(with("uuid:AA80BC5F-d0af-46b8-8630-23bd7e80ec4d::anything"));
        for usn in [
            "",
            "uuid:",
            "uuid:::",
            "uuid:aa80bc5f-d0af-46b8-8630-23bd7e80ec4d",
            "uuid:other::urn:flamenco:manager:0",
        ] {
            assert!(!with(usn), "{usn}");
        }
    }

    #[test]
    fn a_value_cannot_smuggle_in_a_header() {
        let advert = manager("x\r\nLOCATION: http://evil/\r\n\r\n");
        let Ok(Message::Answer(read)) = Message::parse(&Message::Answer(advert.clone()).to_bytes())
        else {
            panic!()
        };
        assert_eq!(read.location, advert.location);
        assert_eq!(read.farm, "x  LOCATION: http://evil/");
    }

    fn any_message() -> impl Strategy<Value = Message> {
        let text = || any::<String>().prop_map(|text| clean(&text));
        let needed = || text().prop_filter("a header that is needed", |text| !text.is_empty());
        let identity = || (text(), needed()).prop_map(|(target, usn)| Identity { target, usn });
        let advert = move || {
            (identity(), needed(), text(), text()).prop_map(|(identity, location, server, farm)| {
                Advert {
                    identity,
                    location,
                    server,
                    farm,
                }
            })
        };
        prop_oneof![
            (needed(), any::<u8>(), text()).prop_map(|(target, patience, farm)| Message::Search(
                Search {
                    target,
                    patience,
                    farm
                }
            )),
            advert().prop_map(Message::Answer),
            advert().prop_map(Message::Alive),
            identity().prop_map(Message::Byebye),
        ]
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(message in any_message()) {
            prop_assert_eq!(Message::parse(&message.to_bytes()), Ok(message));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..MAX_PACKET)) {
            drop(Message::parse(&bytes));
        }

        #[test]
        fn damaged_packets_never_panic(
            message in any_message(),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            length in any::<prop::sample::Index>(),
        ) {
            let mut bytes = message.to_bytes();
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes.truncate(length.index(bytes.len()));
            if let Ok(read) = Message::parse(&bytes) {
                prop_assert_eq!(Message::parse(&read.to_bytes()), Ok(read));
            }
        }
    }
}
