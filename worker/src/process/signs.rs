//! When a running program last gave a sign of life, and whether it has taken too long. Pure: what happens, and when,
//! is told from outside.
//!
//! A program makes progress when it writes output, finishes a frame or uses processor time. A program that does none
//! of these is idle; one that has saved all of its frames should also end soon.

use std::fmt;
use std::time::{Duration, Instant};

use farandole_protocol::headers::Idle;

use crate::text::short_duration;

/// When a program last gave signs of life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signs {
    output: Instant,
    frame: Instant,
    processor: Instant,
    saved: Option<Saved>,
}

/// All frames are saved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Saved {
    /// Since when the program could have ended.
    since: Instant,
    /// Whether that is known. If it was only concluded from the number of steps, output may mean that the program
    /// still renders, since it may report more steps than were announced.
    certain: bool,
}

/// How long a program may do nothing before the Worker ends it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdleLimits {
    /// After all of its frames were saved. `None`: for ever.
    pub exit: Option<Duration>,
    /// While frames are missing. `None`: for ever, or until the Manager fails the task.
    pub progress: Option<Duration>,
}

/// Which limit a program has exceeded. The text is for the log of its task.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overdue {
    /// All of its frames are saved, so it has done its work.
    Exit(Duration),
    /// It has made no progress.
    Progress(Duration),
}

impl Signs {
    /// Those of a program that starts now.
    pub fn started(now: Instant) -> Self {
        Self {
            output: now,
            frame: now,
            processor: now,
            saved: None,
        }
    }

    /// It wrote output.
    pub fn wrote(&mut self, now: Instant) {
        self.output = now;
        if let Some(saved) = &mut self.saved
            && !saved.certain
        {
            saved.since = now;
        }
    }

    /// It finished a frame, or another step. `last`: as many were finished as were announced.
    pub fn stepped(&mut self, last: bool, now: Instant) {
        self.frame = now;
        let certain = self.saved.is_some_and(|saved| saved.certain);
        if last && !certain {
            self.saved = Some(Saved {
                since: now,
                certain: false,
            });
        }
    }

    /// It used a noticeable amount of processor time.
    pub fn computed(&mut self, now: Instant) {
        self.processor = now;
    }

    /// It is known that all of its frames are saved.
    pub fn all_saved(&mut self, now: Instant) {
        let known = self.saved.filter(|saved| saved.certain);
        self.saved = Some(known.unwrap_or(Saved {
            since: now,
            certain: true,
        }));
    }

    /// How long it has done nothing.
    pub fn idle(&self, now: Instant) -> Idle {
        let seconds = |since: Instant| {
            let passed = now.saturating_duration_since(since).as_secs();
            u32::try_from(passed).unwrap_or(u32::MAX)
        };
        Idle {
            output: seconds(self.output),
            frame: seconds(self.frame),
            processor: seconds(self.processor),
            exit: self.saved.map(|saved| seconds(saved.since)),
        }
    }

    /// The limit that it has exceeded, if any.
    pub fn overdue(&self, limits: IdleLimits, now: Instant) -> Option<Overdue> {
        let has_passed = |since: Instant, limit: Duration| {
            now.saturating_duration_since(since) >= limit && !limit.is_zero()
        };
        if let (Some(saved), Some(limit)) = (self.saved, limits.exit)
            && has_passed(saved.since, limit)
        {
            return Some(Overdue::Exit(limit));
        }
        // A program that has saved all of its frames has no more progress to make.
        let is_done = self.saved.is_some() && limits.exit.is_some_and(|limit| !limit.is_zero());
        let latest = self.output.max(self.frame).max(self.processor);
        limits
            .progress
            .filter(|limit| !is_done && has_passed(latest, *limit))
            .map(Overdue::Progress)
    }
}

impl IdleLimits {
    /// How often it is worth while to look at a program: in time for these limits, and seldom enough to cost nothing.
    pub fn look_every(&self) -> Duration {
        const SELDOM: Duration = Duration::from_secs(5);
        const OFTEN: Duration = Duration::from_millis(100);
        let shortest = self.exit.into_iter().chain(self.progress).min();
        shortest.map_or(SELDOM, |limit| (limit / 4).clamp(OFTEN, SELDOM))
    }
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(limit) => write!(
                f,
                "all frames are saved, but the program has not ended for {}",
                short_duration(limit.as_secs())
            ),
            Self::Progress(limit) => write!(
                f,
                "the program has written no output, finished no frame and used no processor time for {}",
                short_duration(limit.as_secs())
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const LIMITS: IdleLimits = IdleLimits {
        exit: Some(seconds(60)),
        progress: Some(seconds(600)),
    };

    #[test]
    fn each_sign_is_measured_by_itself() {
        let start = Instant::now();
        let mut signs = Signs::started(start);
        signs.wrote(start + seconds(10));
        signs.stepped(false, start + seconds(20));
        signs.computed(start + seconds(30));
        let idle = signs.idle(start + seconds(40));
        assert_eq!(idle.to_string(), "output=30, frame=20, processor=10");
        assert_eq!(signs.idle(start), Idle::default(), "no time is negative");
    }

    #[test]
    fn any_sign_of_life_is_progress() {
        let start = Instant::now();
        let due = start + seconds(600);
        let signs = Signs::started(start);
        let just_before = start + Duration::from_millis(599_999);
        assert_eq!(signs.overdue(LIMITS, just_before), None);
        assert_eq!(
            signs.overdue(LIMITS, due),
            Some(Overdue::Progress(seconds(600)))
        );
        let after = |sign: fn(&mut Signs, Instant)| {
            let mut signs = signs;
            sign(&mut signs, start + seconds(1));
            signs.overdue(LIMITS, due)
        };
        assert_eq!(after(Signs::wrote), None);
        assert_eq!(after(Signs::computed), None);
        assert_eq!(after(|signs, now| signs.stepped(false, now)), None);
    }

    #[test]
    fn a_program_that_saved_all_frames_is_to_end_soon() {
        let start = Instant::now();
        let mut signs = Signs::started(start);
        signs.stepped(true, start);
        signs.computed(start + seconds(59));
        assert_eq!(signs.overdue(LIMITS, start + seconds(59)), None);
        assert_eq!(
            signs.overdue(LIMITS, start + seconds(60)),
            Some(Overdue::Exit(seconds(60)))
        );
        assert_eq!(signs.idle(start + seconds(60)).exit, Some(60));
    }

    #[test]
    fn a_program_that_may_still_render_is_left_alone() {
        // It reports more steps than were announced, and writes output meanwhile.
        let start = Instant::now();
        let mut signs = Signs::started(start);
        signs.stepped(true, start);
        signs.wrote(start + seconds(50));
        assert_eq!(signs.overdue(LIMITS, start + seconds(100)), None);
        signs.stepped(true, start + seconds(100));
        assert_eq!(signs.overdue(LIMITS, start + seconds(159)), None);
    }

    #[test]
    fn a_program_that_certainly_saved_all_frames_gains_nothing_by_writing() {
        let start = Instant::now();
        let mut signs = Signs::started(start);
        signs.all_saved(start);
        signs.wrote(start + seconds(50));
        signs.stepped(true, start + seconds(51));
        signs.all_saved(start + seconds(52));
        assert!(matches!(
            signs.overdue(LIMITS, start + seconds(60)),
            Some(Overdue::Exit(_))
        ));
    }

    #[test]
    fn without_limits_nothing_is_overdue() {
        let start = Instant::now();
        let mut signs = Signs::started(start);
        signs.all_saved(start);
        let never = IdleLimits::default();
        assert_eq!(signs.overdue(never, start + seconds(999_999)), None);
        assert_eq!(never.look_every(), seconds(5));
    }

    #[test]
    fn a_program_is_looked_at_in_time() {
        let check = |exit, expected| {
            let limits = IdleLimits {
                exit: Some(exit),
                progress: None,
            };
            assert_eq!(limits.look_every(), expected);
        };
        check(seconds(60), seconds(5));
        check(seconds(2), Duration::from_millis(500));
        check(Duration::from_millis(1), Duration::from_millis(100));
    }
}
