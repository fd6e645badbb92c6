//! How single members are read where the contract's text and a Flamenco Manager's habit differ: `null` for an empty
//! list, `""` for an id that is not there. Ours sends neither `null` nor more empty texts than the contract asks for.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the empty value: a Flamenco Manager writes an empty list of commands so.
/// Used as `#[serde(deserialize_with = "null_as_default")]`; a member that is absent stays an error.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An id in a member that is always sent, and is the empty text when there is none.
/// Used as `#[serde(with = "empty_as_none")]`.
pub(crate) mod empty_as_none {
    use std::borrow::Cow;
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands the member over as it is")]
    pub(crate) fn serialize<S, T>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: Display,
    {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }

    pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        match Cow::<'_, str>::deserialize(deserializer)? {
            text if text.is_empty() => Ok(None),
            text => text.parse().map(Some).map_err(D::Error::custom),
        }
    }
}
