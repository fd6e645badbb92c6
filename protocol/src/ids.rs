//! Identifiers of things in the farm, each a type of its own so that two of them cannot be swapped unnoticed.
//!
//! On the wire every id is a lower-case UUID of 36 characters. What is *not* here: how ids are made up (that
//! needs randomness, which the pure farm does not have).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// The text is not a UUID in its dashed form of 36 characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a valid UUID")]
pub struct InvalidId;

macro_rules! define_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = String)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID behind the id.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            /// A new random id (UUID version 4).
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        // By hand, because `Uuid` would read more forms than `FromStr` below does.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // `Uuid` also reads the forms without dashes, with braces and as URN; the contract does not.
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

define_id!(
    /// A job.
    JobId
);
define_id!(
    /// A task of a job. For jobs made by this Manager the upper half is the job's, see [`TaskId::of_job`].
    TaskId
);
define_id!(
    /// A Worker, as given at its registration.
    WorkerId
);
define_id!(
    /// One run of a Worker's process, from its start to its end.
    RunId
);
define_id!(
    /// A tag that binds jobs to Workers.
    TagId
);

/// The bits that mark a UUID as of the RFC 9562 variant, in its lower half.
const VARIANT: u64 = 0b10 << 62;

impl JobId {
    /// The upper half, which all task ids of the job share.
    pub fn upper_half(&self) -> u64 {
        self.as_uuid().as_u64_pair().0
    }
}

impl TaskId {
    /// The id of the task with this 1-based index in the job: the job's upper half, the variant bits, the index.
    /// Such ids are inserted in order, and name their job without a look-up table of all tasks.
    pub fn of_job(job: JobId, index_in_job: u32) -> Self {
        Self::from_uuid(Uuid::from_u64_pair(
            job.upper_half(),
            VARIANT | u64::from(index_in_job),
        ))
    }

    /// The upper half of the job's id and the 1-based index, if the id can be one that [`TaskId::of_job`] made.
    pub fn parts(&self) -> Option<(u64, u32)> {
        let (upper, lower) = self.as_uuid().as_u64_pair();
        let index = u32::try_from(lower ^ VARIANT).ok()?;
        (index > 0).then_some((upper, index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_id_names_its_job_and_index() {
        let job = JobId::random();
        let task = TaskId::of_job(job, 100_000);
        assert_eq!(task.parts(), Some((job.upper_half(), 100_000)));
        assert_eq!(task.to_string().parse(), Ok(task));
    }

    #[test]
    fn a_random_id_has_no_index() {
        let foreign: TaskId = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".parse().unwrap();
        assert_eq!(foreign.parts(), None);
    }

    #[test]
    fn only_the_dashed_form_is_an_id() {
        for text in [
            "",
            "x",
            "f81d4fae7dec41d0a76500a0c91e6bf6",
            "{f81d4fae-7dec-41d0-a765-00a0c91e6bf}",
        ] {
            assert_eq!(text.parse::<JobId>(), Err(InvalidId), "{text}");
            assert!(
                serde_json::from_value::<JobId>(text.into()).is_err(),
                "{text}"
            );
        }
    }
}
