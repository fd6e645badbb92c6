//! The advertiser and the search on real sockets, over the loopback interface. Each test has a port of its own; time
//! is virtual and jumps ahead whenever nobody has anything to do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use actix::{Actor, Addr};
use farandole_discovery::advertiser::{
    Advertise, Advertiser, Presence, ReportPresence, SayGoodbye,
};
use farandole_discovery::message::{Advert, DEVICE_UUID, GROUP, Message, SERVICE, Search};
use farandole_discovery::search::{SearchError, SearchFor, search};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::time::timeout;
use url::Url;

/// Another program that uses SSDP on this host and shares its port.
struct Neighbour {
    socket: UdpSocket,
    port: u16,
}

impl Neighbour {
    /// Takes a free port, so that the test has one to itself, and offers to share it only then: with the offer made
    /// before, the system might give the same port to two tests.
    async fn move_in() -> Self {
        tokio::time::pause();
        let socket = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        SockRef::from(&socket).set_reuse_address(true).unwrap();
        socket
            .join_multicast_v4(GROUP, Ipv4Addr::LOCALHOST)
            .unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { socket, port }
    }

    async fn advertiser(&self, listen: &str, farm: &str) -> Addr<Advertiser> {
        let address = self.advertise(listen, farm);
        assert_eq!(presence(&address).await.trouble, None);
        address
    }

    fn advertise(&self, listen: &str, farm: &str) -> Addr<Advertiser> {
        Advertiser::new(Advertise {
            farm: farm.to_owned(),
            port: self.port,
            ..Advertise::new(listen, "1.2.3")
        })
        .start()
    }

    fn search_for(&self, farm: &str) -> SearchFor {
        SearchFor {
            farm: farm.to_owned(),
            limit: None,
            port: self.port,
        }
    }

    /// The next packet that reaches the group by way of the loopback interface.
    async fn overhear(&self) -> Message {
        loop {
            let (packet, peer) = receive(&self.socket).await;
            if peer.ip().is_loopback() {
                return Message::parse(&packet).unwrap();
            }
        }
    }
}

async fn presence(advertiser: &Addr<Advertiser>) -> Presence {
    advertiser.send(ReportPresence).await.unwrap()
}

async fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 2048];
    let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
    buffer.truncate(length);
    (buffer, peer)
}

/// A program that searches with nothing but a socket.
struct Searcher {
    socket: UdpSocket,
    port: u16,
}

impl Searcher {
    async fn beside(neighbour: &Neighbour) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        SockRef::from(&socket)
            .set_multicast_if_v4(&Ipv4Addr::LOCALHOST)
            .unwrap();
        Self {
            socket,
            port: neighbour.port,
        }
    }

    async fn say(&self, packet: &[u8]) {
        self.socket
            .send_to(packet, (GROUP, self.port))
            .await
            .unwrap();
    }

    async fn ask(&self, target: &str) {
        let search = Search {
            target: target.to_owned(),
            patience: 3,
            farm: String::new(),
        };
        self.say(&Message::Search(search).to_bytes()).await;
    }

    async fn answer(&self) -> Advert {
        let (packet, _) = receive(&self.socket).await;
        let Ok(Message::Answer(advert)) = Message::parse(&packet) else {
            panic!("not an answer")
        };
        advert
    }

    /// All that is answered within a minute of nobody doing anything.
    async fn all_answers(&self) -> Vec<Advert> {
        let mut answers = Vec::new();
        while let Ok(answer) = timeout(Duration::from_mins(1), self.answer()).await {
            answers.push(answer);
        }
        answers
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[actix::test]
async fn a_search_finds_the_manager() {
    let here = Neighbour::move_in().await;
    let _manager = here.advertiser("127.0.0.1:8080", "").await;
    let found = search(here.search_for(""), async |_| true).await;
    assert_eq!(found.unwrap(), url("http://127.0.0.1:8080/"));
}

#[actix::test]
async fn a_search_finds_the_manager_that_listens_everywhere() {
    let here = Neighbour::move_in().await;
    let manager = here.advertiser(":8080", "").await;
    let found = search(here.search_for(""), async |_| true).await.unwrap();
    assert!(presence(&manager).await.urls.contains(&found), "{found}");
}

#[actix::test]
async fn a_search_that_begins_first_finds_the_manager_that_comes_later() {
    let here = Neighbour::move_in().await;
    let searching = search(here.search_for(""), async |_| true);
    let coming = async {
        // The search has asked before the Manager is there.
        while !matches!(here.overhear().await, Message::Search(_)) {}
        here.advertiser("127.0.0.1:8080", "").await
    };
    let (found, _manager) = tokio::join!(searching, coming);
    assert_eq!(found.unwrap(), url("http://127.0.0.1:8080/"));
}

#[actix::test]
async fn a_farm_takes_only_its_own_manager() {
    let here = Neighbour::move_in().await;
    let _nameless = here.advertiser("127.0.0.1:1", "").await;
    let _north = here.advertiser("127.0.0.1:2", "north").await;
    let _south = here.advertiser("127.0.0.1:3", "south").await;
    let pinged = RefCell::new(Vec::new());
    let ping = async |url: Url| {
        pinged.borrow_mut().push(url);
        pinged.borrow().len() > 2
    };
    let found = search(here.search_for("south"), ping).await;
    assert_eq!(found.unwrap(), url("http://127.0.0.1:3/"));
    assert_eq!(pinged.into_inner(), vec![url("http://127.0.0.1:3/"); 3]);
}

#[actix::test]
async fn a_worker_without_a_farm_takes_a_manager_with_one() {
    let here = Neighbour::move_in().await;
    let _north = here.advertiser("127.0.0.1:2", "north").await;
    let found = search(here.search_for(""), async |_| true).await;
    assert_eq!(found.unwrap(), url("http://127.0.0.1:2/"));
}

#[actix::test]
async fn a_search_goes_on_past_managers_that_do_not_answer() {
    let here = Neighbour::move_in().await;
    let _silent = here.advertiser("127.0.0.1:1", "").await;
    let _refusing = here.advertiser("127.0.0.1:2", "").await;
    let _usable = here.advertiser("127.0.0.1:3", "").await;
    let ping = async |url: Url| match url.port() {
        Some(1) => std::future::pending().await,
        port => port == Some(3),
    };
    let found = search(here.search_for(""), ping).await;
    assert_eq!(found.unwrap(), url("http://127.0.0.1:3/"));
}

#[actix::test]
async fn a_search_with_a_limit_tells_what_was_no_use() {
    let here = Neighbour::move_in().await;
    let limit = Duration::from_mins(10);
    let wanted = SearchFor {
        limit: Some(limit),
        ..here.search_for("")
    };
    let alone = search(wanted.clone(), async |_| true).await.unwrap_err();
    assert_eq!(alone.to_string(), "no Manager found within 600s");

    let _refusing = here.advertiser("127.0.0.1:1", "").await;
    let error = search(wanted, async |_| false).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("do not answer: http://127.0.0.1:1/"),
        "{error}"
    );
    assert!(matches!(error, SearchError::TimeIsUp { limit: told, .. } if told == limit));
}

#[actix::test]
async fn coming_staying_and_going_are_announced() {
    let here = Neighbour::move_in().await;
    let began = tokio::time::Instant::now();
    let manager = here.advertiser("127.0.0.1:8080", "north").await;
    for seconds in [1, 3, 900, 1800] {
        let Message::Alive(advert) = here.overhear().await else {
            panic!("not alive")
        };
        assert_eq!(
            advert.location,
            "http://127.0.0.1:8080/upnp/description.xml"
        );
        assert_eq!(advert.farm, "north");
        assert!(advert.identity.is_manager());
        assert!(
            began.elapsed() >= Duration::from_secs(seconds),
            "{:?}",
            began.elapsed()
        );
    }
    manager.send(SayGoodbye).await.unwrap();
    for _ in 0..3 {
        let Message::Byebye(identity) = here.overhear().await else {
            panic!("no farewell")
        };
        assert!(identity.is_manager());
        assert_eq!(identity.target, SERVICE);
    }
}

#[actix::test]
async fn after_the_farewell_there_is_silence() {
    let here = Neighbour::move_in().await;
    let searcher = Searcher::beside(&here).await;
    let going = here.advertiser("127.0.0.1:1", "").await;
    let _staying = here.advertiser("127.0.0.1:2", "").await;
    going.send(SayGoodbye).await.unwrap();
    searcher.ask(SERVICE).await;
    let locations: Vec<_> = searcher
        .all_answers()
        .await
        .into_iter()
        .map(|advert| advert.location)
        .collect();
    assert_eq!(locations, ["http://127.0.0.1:2/upnp/description.xml"]);
}

#[actix::test]
async fn neither_program_on_a_shared_port_silences_the_other() {
    let here = Neighbour::move_in().await;
    let searcher = Searcher::beside(&here).await;
    let _first = here.advertiser("127.0.0.1:1", "").await;
    let _second = here.advertiser("127.0.0.1:2", "").await;
    searcher.ask("ssdp:all").await;
    assert!(matches!(here.overhear().await, Message::Search(_)));
    let mut locations: Vec<_> = searcher
        .all_answers()
        .await
        .into_iter()
        .map(|advert| advert.location)
        .collect();
    locations.sort();
    assert_eq!(
        locations,
        [
            "http://127.0.0.1:1/upnp/description.xml",
            "http://127.0.0.1:2/upnp/description.xml"
        ]
    );
}

#[actix::test]
async fn a_port_that_is_not_shared_is_waited_for() {
    let here = Neighbour::move_in().await;
    SockRef::from(&here.socket)
        .set_reuse_address(false)
        .unwrap();
    let manager = here.advertise("127.0.0.1:8080", "");
    let before = presence(&manager).await;
    assert!(
        before
            .trouble
            .unwrap()
            .starts_with("no socket for discovery")
    );
    assert_eq!(before.urls, [url("http://127.0.0.1:8080/")]);

    SockRef::from(&here.socket).set_reuse_address(true).unwrap();
    search(here.search_for(""), async |_| true).await.unwrap();
    assert_eq!(presence(&manager).await.trouble, None);
}

#[actix::test]
async fn the_device_id_is_answered_as_it_was_asked() {
    let here = Neighbour::move_in().await;
    let searcher = Searcher::beside(&here).await;
    let _manager = here.advertiser("127.0.0.1:8080", "").await;
    for (asked, answered) in [
        ("ssdp:all", SERVICE),
        (SERVICE, SERVICE),
        (DEVICE_UUID, DEVICE_UUID),
    ] {
        searcher.ask(asked).await;
        assert_eq!(searcher.answer().await.identity.target, answered);
    }
}

#[actix::test]
async fn who_asks_again_at_once_is_answered_once() {
    let here = Neighbour::move_in().await;
    let searcher = Searcher::beside(&here).await;
    let manager = here.advertiser("127.0.0.1:8080", "").await;
    for _ in 0..20 {
        searcher.ask(SERVICE).await;
    }
    assert_eq!(presence(&manager).await.trouble, None);
    // The searches lie in the socket already, and are all read before the clock moves on to the answer.
    assert_eq!(searcher.all_answers().await.len(), 1);
}

#[actix::test]
async fn noise_is_passed_over() {
    let here = Neighbour::move_in().await;
    let searcher = Searcher::beside(&here).await;
    let _manager = here.advertiser("127.0.0.1:8080", "").await;
    for noise in [
        &b""[..],
        b"\0\xff",
        b"M-SEARCH",
        b"HTTP/1.1 200 OK\r\n\r\n",
        &[b'x'; 5000],
    ] {
        searcher.say(noise).await;
    }
    searcher.ask("urn:somebody:else:1").await;
    searcher.ask(SERVICE).await;
    assert_eq!(searcher.all_answers().await.len(), 1);
}
