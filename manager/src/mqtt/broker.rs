//! A broker as the actor needs it, whatever library speaks to it.

use futures_util::stream::LocalBoxStream;

/// Somewhere to connect to.
pub(super) trait Broker {
    /// Begins to connect. What becomes of it is told by the connection.
    fn connect(&self) -> Connection;

    /// Where it is, for people.
    fn name(&self) -> String;
}

/// A connection, or an attempt at one. To drop both parts ends it.
pub(super) struct Connection {
    pub(super) outlet: Box<dyn Outlet>,
    /// What happens to it, to its end.
    pub(super) news: LocalBoxStream<'static, News>,
}

/// Where messages go out.
pub(super) trait Outlet {
    /// Hands a message over, with `QoS` 1. That it is lost is told by the connection.
    fn publish(&self, topic: String, payload: &str);

    /// Says goodbye, once all that was handed over is out.
    fn end(&self);
}

/// What happens to a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum News {
    /// The broker has let us in.
    Connected,
    /// The broker has taken the oldest message that was on its way.
    Arrived,
    /// The same, but it will pass it on to nobody, for this reason.
    Refused(String),
    /// It is over, for this reason.
    Lost(String),
}
