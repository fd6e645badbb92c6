//! What the RefusalLog is told.

use std::collections::BTreeMap;

/// A kind of refusal.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Refusal {
    /// A connection above a limit.
    Connection,
    /// A listener to events above a limit.
    Listener,
    /// A registration of a Worker above the rate.
    Registration,
    /// Wrong credentials of a Worker.
    Credentials,
    /// A connection that ended without a request that can be understood.
    Malformed,
    /// A job that does not make sense.
    Job,
}

impl Refusal {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Connection,
        Self::Listener,
        Self::Registration,
        Self::Credentials,
        Self::Malformed,
        Self::Job,
    ];

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Listener => "listener",
            Self::Registration => "registration",
            Self::Credentials => "credentials",
            Self::Malformed => "malformed",
            Self::Job => "job",
        }
    }

    /// From how many in a minute on it is logged. Checks of health open and close connections without a request.
    pub(super) fn worth_a_line(self) -> u64 {
        match self {
            Self::Malformed => 20,
            Self::Connection
            | Self::Listener
            | Self::Registration
            | Self::Credentials
            | Self::Job => 1,
        }
    }
}

/// Something was refused. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What kind of thing.
    pub what: Refusal,
    /// The address that it came from.
    pub peer: String,
    /// Why, in the words that the client was told; the first of a minute is logged.
    pub reason: String,
}

/// How often each kind was refused since the process began.
pub type RefusalFigures = BTreeMap<Refusal, u64>;
