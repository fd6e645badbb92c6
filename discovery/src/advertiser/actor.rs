//! The advertiser's shell: its socket, its timers, its packets.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::rc::Rc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::stream;
use tokio::net::UdpSocket;
use tracing::{debug, info, instrument, warn};
use url::Url;

use super::messages::{Advertise, Presence, ReportPresence, SayGoodbye, Trouble};
use super::neighbours::{is_near, urls_for_network, urls_for_peer};
use crate::interfaces::{self, Interface};
use crate::message::{
    Advert, DESCRIPTION_PATH, Identity, MAX_PACKET, Message, SERVICE, Search, clean,
};
use crate::own_urls::own_urls;
use crate::socket;

/// How often the interfaces are looked at, and a socket that could not be had is tried again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// When an interface has come up, it is told twice, since packets get lost.
const FIRST_ALIVE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// A quarter of the time for which an announcement is believed, so that a lost one does no harm.
const ALIVE_AGAIN: Duration = Duration::from_mins(15);

/// Answers are spread over the time the searcher gives, but no longer than this: Flamenco's Worker looks after one
/// second, and farms have a handful of Managers, not thousands.
const LONGEST_DELAY: Duration = Duration::from_secs(1);

/// Searchers that wait for their answer. Each Worker of a farm that starts at once is one or two; more than this
/// many within a second are a flood, and those that are real ask again.
const MOST_PENDING: usize = 512;

/// How often a farewell is said: nobody asks for it again.
const BYEBYES: usize = 3;

type Datagram = (Vec<u8>, SocketAddr);

/// Makes a Manager known in the local network.
#[derive(Debug)]
pub struct Advertiser {
    what: Advertise,
    interfaces: Vec<Interface>,
    urls: Vec<Url>,
    voice: Option<Voice>,
    /// Searchers who are still to be answered; one who asks again meanwhile is not answered twice.
    pending: HashMap<SocketAddrV4, SpawnHandle>,
    trouble: Option<String>,
    /// Goodbye was said.
    gone: bool,
}

/// The socket and all that ends with it.
#[derive(Debug)]
struct Voice {
    socket: Rc<UdpSocket>,
    reading: SpawnHandle,
    joined: HashSet<Interface>,
}

impl Advertiser {
    /// An advertiser that begins as soon as it is started.
    pub fn new(what: Advertise) -> Self {
        let (interfaces, urls, pending) = Default::default();
        Self {
            what,
            interfaces,
            urls,
            voice: None,
            pending,
            trouble: None,
            gone: false,
        }
    }

    /// Brings everything in line with the interfaces that there are now.
    fn look_around(&mut self, ctx: &mut Context<Self>) {
        if self.gone {
            return;
        }
        match self.tune_in(ctx) {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    info!("this Manager can be found again");
                }
            }
            Err(trouble) => self.report(&trouble),
        }
    }

    fn tune_in(&mut self, ctx: &mut Context<Self>) -> Result<(), Trouble> {
        self.interfaces = interfaces::list().map_err(Trouble::Interfaces)?;
        let urls = own_urls(&self.what.listen, &self.interfaces);
        self.urls = urls.clone().unwrap_or_default();
        let voice = match &mut self.voice {
            Some(voice) => voice,
            none => none.insert(Voice::new(self.what.port, ctx).map_err(Trouble::Socket)?),
        };
        if voice.join(&self.interfaces).map_err(Trouble::Group)? {
            for delay in FIRST_ALIVE {
                ctx.run_later(delay, |this, _| this.announce());
            }
        }
        urls.map(drop).map_err(Trouble::OwnUrls)
    }

    /// Logged when it is new, not at every try.
    fn report(&mut self, trouble: &Trouble) {
        let text = trouble.to_string();
        if self.trouble.as_ref() != Some(&text) {
            warn!(
                error = text,
                "this Manager cannot be found by search for now; it works on, and tries again"
            );
            self.trouble = Some(text);
        }
    }

    fn announce(&self) {
        for interface in &self.interfaces {
            for url in urls_for_network(interface, &self.urls) {
                self.tell(
                    interface,
                    &Message::Alive(self.advert(url, SERVICE.to_owned())),
                );
            }
        }
    }

    fn tell(&self, interface: &Interface, message: &Message) {
        let (Some(voice), Some(address)) = (&self.voice, interface.ipv4()) else {
            return;
        };
        if let Err(error) =
            socket::send_out_of(&voice.socket, address, self.what.port, &message.to_bytes())
        {
            debug!(%address, %error, "cannot announce through this interface");
        }
    }

    fn advert(&self, url: &Url, target: String) -> Advert {
        let mut location = url.clone();
        location.set_path(DESCRIPTION_PATH);
        Advert {
            identity: Identity::manager(target),
            location: location.into(),
            server: format!(
                "{}/0.0 UPnP/1.0 farandole/{}",
                std::env::consts::OS,
                self.what.version
            ),
            farm: clean(&self.what.farm),
        }
    }

    /// Answers later, so that not all Managers answer at the same moment; other packets are read meanwhile.
    fn plan_answer(&mut self, search: Search, peer: SocketAddrV4, ctx: &mut Context<Self>) {
        let wanted =
            search.means_manager_of(&self.what.farm) && is_near(*peer.ip(), &self.interfaces);
        if !wanted || self.pending.contains_key(&peer) || self.pending.len() >= MOST_PENDING {
            return;
        }
        let longest = LONGEST_DELAY.min(Duration::from_secs(search.patience.max(1).into()));
        let delay = rand::random_range(Duration::ZERO..longest);
        let planned = ctx.run_later(delay, move |this, _| this.answer(&search, peer));
        self.pending.insert(peer, planned);
    }

    fn answer(&mut self, search: &Search, peer: SocketAddrV4) {
        self.pending.remove(&peer);
        let Some(voice) = &self.voice else { return };
        for url in urls_for_peer(*peer.ip(), &self.urls, &self.interfaces) {
            let answer = Message::Answer(self.advert(url, search.answered_target()));
            if let Err(error) = socket::send_to(&voice.socket, peer, &answer.to_bytes()) {
                debug!(%peer, %error, "cannot answer a search");
            }
        }
    }

    fn fall_silent(&mut self, ctx: &mut Context<Self>) {
        for (_, planned) in self.pending.drain() {
            ctx.cancel_future(planned);
        }
        if let Some(voice) = self.voice.take() {
            ctx.cancel_future(voice.reading);
        }
    }
}

impl Voice {
    fn new(port: u16, ctx: &mut Context<Advertiser>) -> io::Result<Self> {
        let socket = Rc::new(socket::for_group(port)?);
        let reading = ctx.add_stream(datagrams(Rc::clone(&socket)));
        Ok(Self {
            socket,
            reading,
            joined: HashSet::new(),
        })
    }

    /// Joins the group on interfaces where it has not yet, and says whether there were any. Those that went are
    /// forgotten: when one comes back, the operating system wants it joined again.
    fn join(&mut self, interfaces: &[Interface]) -> io::Result<bool> {
        self.joined
            .retain(|interface| interfaces.contains(interface));
        let mut failed = None;
        let before = self.joined.len();
        for interface in interfaces {
            let Some(address) = interface
                .ipv4()
                .filter(|_| !self.joined.contains(interface))
            else {
                continue;
            };
            match socket::join(&self.socket, address) {
                Ok(()) => drop(self.joined.insert(*interface)),
                Err(error) => {
                    debug!(%address, %error, "cannot hear searches through this interface");
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if self.joined.is_empty() => Err(error),
            _ => Ok(self.joined.len() > before),
        }
    }
}

/// Everything that arrives, up to and with the first error.
fn datagrams(socket: Rc<UdpSocket>) -> impl Stream<Item = io::Result<Datagram>> {
    stream::unfold(Some(socket), |socket| async {
        let socket = socket?;
        let mut buffer = vec![0; MAX_PACKET];
        match socket.recv_from(&mut buffer).await {
            Ok((length, peer)) => {
                buffer.truncate(length);
                Some((Ok((buffer, peer)), Some(socket)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

impl Actor for Advertiser {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.look_around(ctx);
        ctx.run_interval(LOOK_AGAIN, Self::look_around);
        ctx.run_interval(ALIVE_AGAIN, |this, _| this.announce());
    }
}

impl StreamHandler<io::Result<Datagram>> for Advertiser {
    fn handle(&mut self, received: io::Result<Datagram>, ctx: &mut Context<Self>) {
        match received {
            Ok((packet, SocketAddr::V4(peer))) => {
                if let Ok(Message::Search(search)) = Message::parse(&packet) {
                    self.plan_answer(search, peer, ctx);
                }
            }
            Ok((_, SocketAddr::V6(_))) => {}
            Err(error) => {
                self.report(&Trouble::Socket(error));
                self.fall_silent(ctx);
            }
        }
    }

    /// The stream ends with its socket; the actor does not.
    fn finished(&mut self, _: &mut Context<Self>) {}
}

impl Handler<SayGoodbye> for Advertiser {
    type Result = ();

    #[instrument(name = "advertiser.say_goodbye", skip_all)]
    fn handle(&mut self, _: SayGoodbye, ctx: &mut Context<Self>) {
        let farewell = Message::Byebye(Identity::manager(SERVICE.to_owned()));
        for _ in 0..BYEBYES {
            self.interfaces
                .iter()
                .for_each(|interface| self.tell(interface, &farewell));
        }
        self.gone = true;
        self.fall_silent(ctx);
    }
}

impl Handler<ReportPresence> for Advertiser {
    type Result = Presence;

    #[instrument(name = "advertiser.report_presence", level = "debug", skip_all)]
    fn handle(&mut self, _: ReportPresence, _: &mut Context<Self>) -> Presence {
        Presence {
            trouble: self.trouble.clone(),
            urls: self.urls.clone(),
        }
    }
}
