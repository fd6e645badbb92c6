//! The two kinds of UDP socket that SSDP needs, made with the options that the standard library does not have.
//!
//! No rule of discovery is in here: who is told what, and when, is said by the advertiser and the search.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;

use crate::message::GROUP;

/// How many routers a packet may pass. `UPnP` recommends 2; Flamenco's default of 1 never leaves the wire.
const TTL: u32 = 2;

/// A socket that hears what is said to the group, once it has [joined](join). It shares its port with all other
/// programs that are willing to share, in either of the two ways to say so: each of them gets its own copy of every
/// multicast packet, so neither side is silenced.
pub(crate) fn for_group(port: u16) -> io::Result<UdpSocket> {
    let socket = new()?;
    socket.set_reuse_address(true)?;
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    socket.set_reuse_port(true)?;
    bound(socket, port)
}

/// A socket of its own port, for a search and its answers. One is enough for all interfaces: each packet is
/// [sent out of](send_out_of) a given one, with that one's address as its sender.
pub(crate) fn for_search() -> io::Result<UdpSocket> {
    bound(new()?, 0)
}

/// Joins the group on the interface with this address. To have joined before is fine.
pub(crate) fn join(socket: &UdpSocket, interface: Ipv4Addr) -> io::Result<()> {
    match SockRef::from(socket).join_multicast_v4(&GROUP, &interface) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(()),
        result => result,
    }
}

/// Sends to the group out of the interface with this address.
///
/// It goes past tokio, which refuses to write until its reactor has seen the socket once. That never waits either:
/// the socket is non-blocking, and a datagram that finds no room is lost as datagrams may be.
pub(crate) fn send_out_of(
    socket: &UdpSocket,
    interface: Ipv4Addr,
    port: u16,
    packet: &[u8],
) -> io::Result<()> {
    SockRef::from(socket).set_multicast_if_v4(&interface)?;
    send_to(socket, SocketAddrV4::new(GROUP, port), packet)
}

/// Sends to one peer.
pub(crate) fn send_to(socket: &UdpSocket, peer: SocketAddrV4, packet: &[u8]) -> io::Result<()> {
    SockRef::from(socket)
        .send_to(packet, &peer.into())
        .map(drop)
}

fn new() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_multicast_ttl_v4(TTL)?;
    socket.set_multicast_loop_v4(true)?; // a farm on one host
    Ok(socket)
}

fn bound(socket: Socket, port: u16) -> io::Result<UdpSocket> {
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    UdpSocket::from_std(socket.into())
}
