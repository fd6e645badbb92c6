//! Header fields that ours adds to the v3 interface, and how their values are written.
//!
//! Names are in lower case, as header maps want them. Stock peers send none of these and read over all of them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Which hand-out of the task a Worker speaks of, in its updates, questions and pictures: a decimal number, as it
/// came in [`AssignedTask::attempt`](crate::api::AssignedTask::attempt). Without it, the Worker's current one.
pub const ATTEMPT: &str = "farandole-attempt";

/// How long the program of a task has done nothing, in a Worker's question whether the task may go on: see [`Idle`].
/// A Worker that does not send it measures nothing, so that its question alone is no progress.
pub const IDLE: &str = "farandole-idle";

/// The bytes of an upload that are there.
pub const UPLOAD_OFFSET: &str = "upload-offset";

/// Whether an upload's body is, or brings, the rest of it: `?1` or `?0`.
pub const UPLOAD_COMPLETE: &str = "upload-complete";

/// The bytes that an upload will have.
pub const UPLOAD_LENGTH: &str = "upload-length";

/// Keys of the configuration that were changed and are in force after the Manager's next start.
pub const AFTER_RESTART: &str = "farandole-after-restart";

/// Keys of the configuration that were changed, while a flag or variable of the Manager says what is in force.
pub const OVERRIDDEN: &str = "farandole-overridden";

/// What was sent as a key of the configuration and is none.
pub const UNKNOWN_KEYS: &str = "farandole-unknown-keys";

/// The request's side of [`Wait`].
pub const PREFER: &str = "prefer";

/// The answer's side of [`Wait`]: the Manager understood it and waited.
pub const PREFERENCE_APPLIED: &str = "preference-applied";

/// The preference of RFC 7240 to wait for an answer for some seconds, as in `Prefer: wait=30`: a Worker that asks
/// for a task would rather wait until there is one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wait {
    /// How long, at most.
    pub seconds: u32,
}

impl Wait {
    /// The wait as a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// The first `wait` in a field's value, which may hold other preferences besides.
    pub fn find(value: &str) -> Option<Self> {
        value.split(',').find_map(|preference| {
            let (name, seconds) = preference.split(';').next()?.split_once('=')?;
            let seconds = seconds.trim().trim_matches('"');
            let is_number =
                !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
            let is_wait = name.trim().eq_ignore_ascii_case("wait");
            (is_wait && is_number).then(|| Self {
                seconds: seconds.parse().unwrap_or(u32::MAX),
            })
        })
    }
}

/// Fractions are rounded up, so that a short wait does not become none.
impl From<Duration> for Wait {
    fn from(duration: Duration) -> Self {
        let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        Self {
            seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wait={}", self.seconds)
    }
}

/// The value holds no wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no wait in the preference")]
pub struct NoWait;

impl FromStr for Wait {
    type Err = NoWait;

    fn from_str(value: &str) -> Result<Self, NoWait> {
        Self::find(value).ok_or(NoWait)
    }
}

/// How many seconds ago the program of a task last did something, as in `output=12, frame=40, processor=3`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Idle {
    /// Since it last wrote output.
    pub output: u32,
    /// Since a frame, or another step, was last finished.
    pub frame: u32,
    /// Since its processes last used a noticeable amount of processor time.
    pub processor: u32,
    /// Since all of its frames were saved without it ending; absent while frames are missing.
    pub exit: Option<u32>,
}

impl Idle {
    /// How long there has been no progress of any kind.
    pub fn without_progress(&self) -> Duration {
        let seconds = self.output.min(self.frame).min(self.processor);
        Duration::from_secs(u64::from(seconds))
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            output,
            frame,
            processor,
            exit,
        } = self;
        write!(f, "output={output}, frame={frame}, processor={processor}")?;
        exit.map_or(Ok(()), |exit| write!(f, ", exit={exit}"))
    }
}

/// The value does not say how long the program has done nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("output, frame and processor are expected, each with a number of seconds")]
pub struct IdleError;

impl FromStr for Idle {
    type Err = IdleError;

    /// The members may come in any order. Unknown ones are ignored, since a newer Worker may measure more.
    fn from_str(value: &str) -> Result<Self, IdleError> {
        let (mut output, mut frame, mut processor, mut exit) = (None, None, None, None);
        for member in value.split(',') {
            let (name, seconds) = member.split_once('=').ok_or(IdleError)?;
            let place = match name.trim() {
                "output" => &mut output,
                "frame" => &mut frame,
                "processor" => &mut processor,
                "exit" => &mut exit,
                _ => continue,
            };
            *place = Some(seconds.trim().parse().map_err(|_| IdleError)?);
        }
        Ok(Self {
            output: output.ok_or(IdleError)?,
            frame: frame.ok_or(IdleError)?,
            processor: processor.ok_or(IdleError)?,
            exit,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_idle_time_reads_what_it_prints(output: u32, frame: u32, processor: u32, exit: Option<u32>) {
            let idle = Idle { output, frame, processor, exit };
            prop_assert_eq!(idle.to_string().parse(), Ok(idle));
        }

        #[test]
        fn any_text_as_an_idle_time_is_survived(text: String) {
            let _: Result<Idle, IdleError> = text.parse();
        }

        #[test]
        fn a_wait_reads_what_it_prints(seconds: u32) {
            let wait = Wait { seconds };
            prop_assert_eq!(wait.to_string().parse(), Ok(wait));
        }

        #[test]
        fn any_text_is_survived(text: String) {
            let _: Option<Wait> = Wait::find(&text);
        }
    }

    #[track_caller]
    fn check(value: &str, expected: Option<u32>) {
        assert_eq!(
            Wait::find(value).map(|wait| wait.seconds),
            expected,
            "{value}"
        );
    }

    #[test]
    fn a_wait_is_found_among_other_preferences() {
        check("respond-async, wait=10", Some(10));
        check("handling=lenient; x=1 , Wait = \"5\" ; y, wait=7", Some(5));
        check("wait=99999999999999999999", Some(u32::MAX));
    }

    #[test]
    fn what_is_no_wait_is_none() {
        for value in [
            "", "wait", "wait=", "wait=-1", "wait=+1", "wait=1.5", "await=3", "x=wait=3",
        ] {
            check(value, None);
        }
    }

    #[test]
    fn a_short_wait_is_still_a_wait() {
        assert_eq!(Wait::from(Duration::from_millis(1)).seconds, 1);
        assert_eq!(Wait::from(Duration::from_secs(30)).seconds, 30);
    }

    #[test]
    fn an_idle_time_may_have_another_order_and_unknown_members() {
        let idle = Idle {
            output: 12,
            frame: 40,
            processor: 3,
            exit: None,
        };
        assert_eq!(
            "frame=40,memory=x, processor=3 ,output=12".parse(),
            Ok(idle)
        );
        assert_eq!(idle.to_string(), "output=12, frame=40, processor=3");
        assert_eq!(idle.without_progress(), Duration::from_secs(3));
    }

    #[test]
    fn an_idle_time_that_lacks_a_member_is_refused() {
        for value in [
            "",
            "output=1",
            "output=1, frame=2",
            "output=1, frame=2, processor=-3",
            "output=1, frame=2, processor",
            "output=1, frame=2, processor=99999999999",
        ] {
            assert_eq!(value.parse::<Idle>(), Err(IdleError), "{value}");
        }
    }
}
