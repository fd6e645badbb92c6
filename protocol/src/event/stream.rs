//! The frame of our own event stream: ids by which a listener resumes, and the greeting that says whether it could.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The name of the first event on every connection; its data is a [`Hello`].
/// All others are named by their [`EventKind`](super::EventKind).
pub const HELLO: &str = "hello";

/// How a connection to the event stream begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Hello {
    /// The last event before what follows: the listener's own when it could be resumed.
    #[schema(value_type = String)]
    pub id: EventId,
    /// Whether nothing was missed since the event that the listener named. If not, it reads its lists again now.
    pub resumed: bool,
}

/// The id of an event: the run of the Manager that sent it, and its number therein. Prints as `<run>-<n>`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId {
    /// Drawn at random when the Manager's process starts; written in 16 hex digits.
    pub run: u64,
    /// Counts the events of the run.
    pub n: u64,
}

/// The text is not an event's id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not the id of an event")]
pub struct InvalidEventId;

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.run, self.n)
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let (run, n) = text.split_once('-').ok_or(InvalidEventId)?;
        let id = Self {
            run: u64::from_str_radix(run, 16).map_err(|_| InvalidEventId)?,
            n: n.parse().map_err(|_| InvalidEventId)?,
        };
        // One spelling only: an id that prints otherwise is none of ours.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(InvalidEventId)
        }
    }
}

impl TryFrom<String> for EventId {
    type Error = InvalidEventId;

    fn try_from(text: String) -> Result<Self, InvalidEventId> {
        text.parse()
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_reads_what_it_prints(run: u64, n: u64) {
            let id = EventId { run, n };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn what_reads_as_an_id_prints_the_same(text in "[0-9a-fA-F+]{0,20}-[0-9+-]{0,22}") {
            if let Ok(id) = text.parse::<EventId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn a_greeting_names_the_id_as_text() {
        let hello = Hello {
            id: EventId { run: 255, n: 7 },
            resumed: true,
        };
        let json = serde_json::json!({"id": "00000000000000ff-7", "resumed": true});
        assert_eq!(serde_json::to_value(hello).unwrap(), json);
        assert_eq!(serde_json::from_value::<Hello>(json).unwrap(), hello);
    }
}
