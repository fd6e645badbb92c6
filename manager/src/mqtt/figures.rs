//! Pure: what the Mqtt counts.

/// Counts since the process began, and how it is with the broker.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MqttFigures {
    /// Whether the broker has let us in.
    pub connected: bool,
    /// Messages that the broker has not taken yet, also those on their way.
    pub waiting: u64,
    /// Messages that it has taken.
    pub delivered: u64,
    /// Messages that it would not take.
    pub refused: u64,
    /// Messages that had to go, because too many waited.
    pub dropped: u64,
}
