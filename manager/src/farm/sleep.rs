//! When a Worker sleeps by its schedule. Pure: what the wall clock shows is told.
//!
//! A schedule has a window of sleep, on some days or on all. A window that ends before it begins goes on into the
//! next day, and its day is the one on which it begins. Without a beginning it begins at midnight, without an end it
//! ends at midnight.
//!
//! A schedule speaks up at its turns only, so that what a person wants in between holds until the next one: when a
//! window begins or ends, whatever the day, and at midnight, but not in the middle of a night's sleep.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike, Weekday};
use farandole_protocol::api::WorkerSleepSchedule;
use farandole_protocol::status::WorkerStatus;

/// What a clock on the wall beside the Manager shows.
pub type WallClock = NaiveDateTime;

/// When a Worker sleeps.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SleepSchedule {
    /// Whether it counts; without, the Worker is awake.
    pub active: bool,
    /// On which days a window begins.
    pub days: Days,
    /// When it begins; `None` is midnight.
    pub start: Option<TimeOfDay>,
    /// When it ends; `None` is midnight.
    pub end: Option<TimeOfDay>,
}

/// Why a text is no part of a schedule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadSchedule {
    /// No day is called so.
    #[error(
        "{0:?} is no day of the week; write the first two letters of each day, with spaces between: \"mo tu we\""
    )]
    Day(String),
    /// No clock shows that.
    #[error(
        "{0:?} is no time of day; write hours and minutes, as in \"09:30\", or nothing for midnight"
    )]
    Time(String),
}

/// Days of the week: those that are named, or every day if none is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Days(u8);

const NAMES: [(Weekday, &str); 7] = [
    (Weekday::Mon, "mo"),
    (Weekday::Tue, "tu"),
    (Weekday::Wed, "we"),
    (Weekday::Thu, "th"),
    (Weekday::Fri, "fr"),
    (Weekday::Sat, "sa"),
    (Weekday::Sun, "su"),
];

const fn bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

impl Days {
    /// Whether this day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 == 0 || self.0 & bit(day) != 0
    }
}

impl FromStr for Days {
    type Err = BadSchedule;

    /// Words between white space, in any case, of which the first two letters count.
    fn from_str(text: &str) -> Result<Self, BadSchedule> {
        let mut days = 0;
        for word in text.split_whitespace() {
            let name = word.to_lowercase();
            let named = NAMES.iter().find(|(_, short)| {
                name.starts_with(short) && name.chars().all(char::is_alphabetic)
            });
            let (day, _) = named.ok_or_else(|| BadSchedule::Day(word.to_owned()))?;
            days |= bit(*day);
        }
        Ok(Self(days))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = NAMES
            .iter()
            .filter(|(day, _)| self.0 & bit(*day) != 0)
            .map(|(_, name)| *name)
            .collect();
        f.write_str(&named.join(" "))
    }
}

/// A time of day, to the minute.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TimeOfDay(u32);

/// The minutes of a day.
const DAY: u32 = 24 * 60;

impl FromStr for TimeOfDay {
    type Err = BadSchedule;

    /// Hours and minutes of one or two digits; seconds are read over.
    fn from_str(text: &str) -> Result<Self, BadSchedule> {
        let bad = || BadSchedule::Time(text.to_owned());
        let number = |digits: &str| {
            let short = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u32>().ok().filter(|_| short)
        };
        let parts: Option<Vec<u32>> = text.trim().split(':').map(number).collect();
        match parts.as_deref() {
            Some([hours @ 0..24, minutes @ 0..60] | [hours @ 0..24, minutes @ 0..60, 0..60]) => {
                Ok(Self(hours * 60 + minutes))
            }
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl SleepSchedule {
    /// The schedule that a person has written.
    pub fn read(written: &WorkerSleepSchedule) -> Result<Self, BadSchedule> {
        Ok(Self {
            active: written.is_active,
            days: written.days_of_week.parse()?,
            start: time(&written.start_time)?,
            end: time(&written.end_time)?,
        })
    }

    /// The same as people read it.
    pub fn written(&self) -> WorkerSleepSchedule {
        let text = |time: Option<TimeOfDay>| time.map_or_else(String::new, |time| time.to_string());
        WorkerSleepSchedule {
            is_active: self.active,
            days_of_week: self.days.to_string(),
            start_time: text(self.start),
            end_time: text(self.end),
        }
    }

    /// What a Worker with this schedule shall be now.
    pub fn status_at(&self, clock: WallClock) -> WorkerStatus {
        let minute = clock.hour() * 60 + clock.minute();
        let (start, end) = self.window();
        let (today, yesterday) = (clock.weekday(), clock.weekday().pred());
        let sleeps = if start <= end {
            self.days.contains(today) && (start..end).contains(&minute)
        } else {
            self.days.contains(today) && minute >= start
                || self.days.contains(yesterday) && minute < end
        };
        if self.active && sleeps {
            WorkerStatus::Asleep
        } else {
            WorkerStatus::Awake
        }
    }

    /// Whether it is to be put into force again, as it was at this time. A clock that was set back is reason enough.
    pub fn has_turned(&self, since: WallClock, clock: WallClock) -> bool {
        clock < since || self.next_turn(since).is_some_and(|turn| turn <= clock)
    }

    /// Its first turn after this time; none at the end of all days.
    fn next_turn(&self, after: WallClock) -> Option<WallClock> {
        let today = after.date();
        [Some(today), today.succ_opt()]
            .into_iter()
            .flatten()
            .flat_map(|date| self.turns_of(date))
            .find(|turn| *turn > after)
    }

    /// The turns of a day, in order.
    fn turns_of(&self, date: NaiveDate) -> impl Iterator<Item = WallClock> + use<> {
        let (start, end) = self.window();
        let midnight = (start <= end).then_some(0);
        let mut minutes: Vec<u32> = midnight.into_iter().chain([start, end]).collect();
        minutes.sort_unstable();
        // A window that ends with its day ends at the midnight after it.
        minutes.retain(|minute| *minute < DAY);
        minutes
            .into_iter()
            .filter_map(move |minute| date.and_hms_opt(minute / 60, minute % 60, 0))
    }

    /// The minutes of the day in which the window begins and ends; it goes over midnight if it ends first.
    fn window(&self) -> (u32, u32) {
        let start = self.start.map_or(0, |time| time.0);
        let end = match self.end {
            None => DAY,
            // The midnight at which the day ends, not the one at which it has begun.
            Some(TimeOfDay(0)) if start > 0 => DAY,
            Some(time) => time.0,
        };
        (start, end)
    }
}

fn time(text: &str) -> Result<Option<TimeOfDay>, BadSchedule> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

/// A Worker's schedule, and when it was last put into force.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sleep {
    /// The schedule.
    pub schedule: SleepSchedule,
    /// `None`: never yet, so that it is due.
    pub in_force_since: Option<WallClock>,
}

impl Sleep {
    /// What the schedule wants, if it is its turn to speak.
    pub fn due(&self, clock: WallClock) -> Option<WorkerStatus> {
        let due = self
            .in_force_since
            .is_none_or(|since| self.schedule.has_turned(since, clock));
        (self.schedule.active && due).then(|| self.schedule.status_at(clock))
    }
}
