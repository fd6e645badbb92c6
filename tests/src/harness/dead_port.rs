//! A port on which nobody listens.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port that is taken, so that nobody else gets it, but on which nobody listens: whoever calls there is refused.
#[derive(Debug)]
pub struct DeadPort(TcpSocket);

impl DeadPort {
    /// Takes one, until it is dropped.
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(any).expect("a port is free");
        Self(socket)
    }

    /// Its address.
    pub fn address(&self) -> String {
        let address = self.0.local_addr().expect("an address");
        address.to_string()
    }
}
