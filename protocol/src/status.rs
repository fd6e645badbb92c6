//! The states of jobs, tasks, Workers and the farm, in the contract's spelling.
//!
//! The enums are closed. Two of them also read the empty string, which a Flamenco Manager sends for a Worker that
//! never signed on and in the last event of a deleted job; ours never sends it. Which state may follow which is
//! the farm's business, not said here.

/// Text that is not one of an enum's values.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown {what} {text:?}")]
pub struct UnknownValue {
    /// What kind of value was expected, in words.
    pub what: &'static str,
    /// The text that was found.
    pub text: String,
}

/// An enum of the contract: variants, their spelling, and the list of all of them.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal, {
        $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)?
    } $(, unsent { $(#[$udoc:meta])* $unset:ident })?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
            $($(#[$udoc])* #[serde(rename = "")] $unset,)?
        }

        impl $name {
            /// All values that are ever sent, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    $(Self::$unset => "",)?
                }
            }
        }

        // By hand, because the derive would list the variant that is never sent.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|value| value.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::status::UnknownValue;

            fn from_str(text: &str) -> Result<Self, $crate::status::UnknownValue> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| $crate::status::UnknownValue {
                    what: $what,
                    text: text.to_owned(),
                })
            }
        }
    };
}

pub(crate) use wire_enum;

wire_enum!(
    /// The state of a job.
    JobStatus, "job status", {
        /// At least one task was started.
        Active = "active",
        /// Ended by a person; its unfinished tasks are canceled.
        Canceled = "canceled",
        /// All tasks completed.
        Completed = "completed",
        /// Too many tasks failed, or nobody is left to run them.
        Failed = "failed",
        /// Held by a person; no task runs.
        Paused = "paused",
        /// To be paused as soon as no task runs any more.
        PauseRequested = "pause-requested",
        /// Ready to be worked on.
        Queued = "queued",
        /// About to be canceled.
        CancelRequested = "cancel-requested",
        /// About to be queued again.
        Requeueing = "requeueing",
        /// Still being stored; no list shows it.
        UnderConstruction = "under-construction",
    }, unsent {
        /// The empty string in the last event of a deleted job of a Flamenco Manager. Never sent.
        Unset
    }
);

wire_enum!(
    /// The state of a task.
    TaskStatus, "task status", {
        /// A Worker is working on it.
        Active = "active",
        /// Ended before it was done.
        Canceled = "canceled",
        /// Done.
        Completed = "completed",
        /// Failed for good.
        Failed = "failed",
        /// May be given to a Worker.
        Queued = "queued",
        /// Failed, but another Worker may try.
        SoftFailed = "soft-failed",
        /// Held together with its job.
        Paused = "paused",
    }
);

wire_enum!(
    /// The state of a Worker.
    WorkerStatus, "worker status", {
        /// Signed on, on its way to the state it was told.
        Starting = "starting",
        /// Takes tasks.
        Awake = "awake",
        /// Takes no tasks, asks from time to time whether to wake up.
        Asleep = "asleep",
        /// Not heard of for too long.
        Error = "error",
        /// Part of the contract; never set.
        Testing = "testing",
        /// Signed off, or never signed on.
        Offline = "offline",
        /// Asked to end with its restart code.
        Restart = "restart",
    }, unsent {
        /// The empty string of a Flamenco Manager's Worker that never signed on. Never sent.
        Unset
    }
);

wire_enum!(
    /// What the whole farm is doing, at a glance.
    FarmStatus, "farm status", {
        /// Work is being done.
        Active = "active",
        /// Workers are awake, nothing to do.
        Idle = "idle",
        /// There is work, but nobody works on it.
        Waiting = "waiting",
        /// No work, and all Workers asleep.
        Asleep = "asleep",
        /// No Worker can work.
        Inoperative = "inoperative",
        /// None of the others.
        Unknown = "unknown",
        /// The Manager has only just started.
        Starting = "starting",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_its_own_spelling() {
        for status in JobStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(
                serde_json::to_string(status).unwrap(),
                format!("\"{status}\"")
            );
        }
    }

    #[test]
    fn the_empty_status_is_read_from_the_wire_only() {
        assert_eq!(
            serde_json::from_str::<WorkerStatus>("\"\"").unwrap(),
            WorkerStatus::Unset
        );
        assert!("".parse::<WorkerStatus>().is_err());
        assert!(serde_json::from_str::<TaskStatus>("\"\"").is_err());
    }
}
