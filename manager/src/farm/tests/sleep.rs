//! When Workers sleep by a schedule, and what people may do about it.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use farandole_protocol::api::WorkerSleepSchedule;
use farandole_protocol::status::WorkerStatus as W;
use proptest::prelude::*;

use super::build::farm;
use super::world::World;
use crate::farm::commands::sleep::{CheckSleepSchedules, SetSleepSchedule};
use crate::farm::commands::ticks::CheckTimeouts;
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::commands::workers::{AskState, SignOff};
use crate::farm::decision::Answer;
use crate::farm::sleep::{BadSchedule, SleepSchedule, WallClock};

const WEEK: i64 = 7 * 24 * 60;
const DAY: i64 = 24 * 60;
const DAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

/// So many minutes after the beginning of a Monday.
fn minute(minutes: i64) -> WallClock {
    let monday = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    monday.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn written(days: &str, start: &str, end: &str) -> WorkerSleepSchedule {
    WorkerSleepSchedule {
        is_active: true,
        days_of_week: days.to_owned(),
        start_time: start.to_owned(),
        end_time: end.to_owned(),
    }
}

fn read(days: &str, start: &str, end: &str) -> Result<SleepSchedule, BadSchedule> {
    SleepSchedule::read(&written(days, start, end))
}

fn text(time: Option<i64>) -> String {
    time.map_or_else(String::new, |minute| {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    })
}

/// The minutes of the week that are slept through: from the beginning on each day, one by one, until the clock shows
/// the end.
fn naive(days: u8, start: Option<i64>, end: Option<i64>) -> Vec<bool> {
    let mut asleep = vec![false; usize::try_from(WEEK).unwrap()];
    let (start, end) = (
        start.unwrap_or(0),
        end.filter(|end| *end > 0 || start.unwrap_or(0) == 0),
    );
    for day in (0..7).filter(|day| days == 0 || days >> day & 1 == 1) {
        let mut minute = start;
        while Some(minute % DAY) != end && (end.is_some() || minute < DAY) {
            asleep[usize::try_from((day * DAY + minute) % WEEK).unwrap()] = true;
            minute += 1;
        }
    }
    asleep
}

fn time() -> impl Strategy<Value = Option<i64>> {
    prop::option::weighted(
        0.8,
        prop_oneof![3 => 0..DAY, 1 => Just(0), 1 => Just(DAY - 1)],
    )
}

fn days(bits: u8) -> String {
    let named = (0..7)
        .filter(|day| bits >> day & 1 == 1)
        .map(|day| DAYS[day]);
    named.collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_minute_of_the_week_is_as_the_days_and_times_say(bits in 0..128_u8, start in time(), end in time()) {
        let schedule = read(&days(bits), &text(start), &text(end)).unwrap();
        let expected = naive(bits, start, end);
        for (now, asleep) in (0..WEEK).zip(expected) {
            let expected = if asleep { W::Asleep } else { W::Awake };
            prop_assert_eq!(schedule.status_at(minute(now)), expected, "{}", minute(now));
        }
        let written = schedule.written();
        prop_assert_eq!((written.days_of_week, written.start_time, written.end_time), (days(bits), text(start), text(end)));
    }

    #[test]
    fn whenever_a_schedule_wants_something_else_it_has_turned(bits in 0..128_u8, start in time(), end in time()) {
        let schedule = read(&days(bits), &text(start), &text(end)).unwrap();
        for now in 1..WEEK {
            let (before, after) = (minute(now - 1), minute(now));
            if schedule.status_at(before) != schedule.status_at(after) {
                prop_assert!(schedule.has_turned(before, after), "{}", after);
            }
            // A turn is at the beginning, at the end or at midnight, and is found however late the look at it is.
            if schedule.has_turned(before, after) {
                let of_day = now % DAY;
                prop_assert!([start.unwrap_or(0), end.unwrap_or(0), 0].contains(&of_day), "{}", after);
                prop_assert!(schedule.has_turned(before, minute(now + 3 * DAY)));
                prop_assert!(!schedule.has_turned(after, after));
            }
        }
    }
}

#[test]
fn a_night_goes_over_midnight_and_belongs_to_the_day_on_which_it_begins() {
    // In the reference begin and end are swapped, so that the Worker sleeps by day.
    let schedule = read("fr", "22:00", "06:00").unwrap();
    let at = |day: i64, hour: i64| schedule.status_at(minute(day * DAY + hour * 60));
    assert_eq!(
        [at(4, 5), at(4, 21), at(4, 22), at(4, 23)],
        [W::Awake, W::Awake, W::Asleep, W::Asleep]
    );
    assert_eq!(
        [at(5, 0), at(5, 5), at(5, 6), at(5, 22)],
        [W::Asleep, W::Asleep, W::Awake, W::Awake]
    );
}

#[test]
fn days_and_times_are_read_as_people_write_them_and_nonsense_is_refused() {
    let shown = |days: &str, start: &str, end: &str| {
        let written = read(days, start, end).unwrap().written();
        [written.days_of_week, written.start_time, written.end_time]
    };
    assert_eq!(
        shown(" Monday  TUESDAY mo", "9:5", " 17:00:30 "),
        ["mo tu", "09:05", "17:00"]
    );
    assert_eq!(shown("", "", ""), ["", "", ""]);
    for days in ["m", "mo,tu", "xy", "1", "so"] {
        assert!(
            matches!(read(days, "", ""), Err(BadSchedule::Day(_))),
            "{days}"
        );
    }
    for time in [
        "9", "24:00", "9:60", "-1:00", "+9:00", "9.30", "123:0", ":", "9:", "a:b", "9:00 pm",
        "1:2:3:4", "٣:00",
    ] {
        assert!(
            matches!(read("", time, ""), Err(BadSchedule::Time(_))),
            "{time}"
        );
        assert!(
            matches!(read("", "", time), Err(BadSchedule::Time(_))),
            "{time}"
        );
    }
}

/// A farm of one Worker whose clock shows this hour of a Monday.
fn at(hour: i64) -> World {
    let mut world = farm().workers(1).open();
    world.now = minute(hour * 60).and_utc();
    world
}

impl World {
    /// The only Worker shall sleep so.
    fn sleeps(&mut self, days: &str, start: &str, end: &str) {
        let (worker, clock) = (self.workers[0], self.clock());
        let schedule = written(days, start, end);
        self.order(SetSleepSchedule {
            worker,
            schedule,
            clock,
        })
        .unwrap();
    }

    /// The clock shows so many hours more.
    fn hours_pass(&mut self, hours: u64) {
        self.now += Duration::from_hours(hours);
        let clock = self.clock();
        self.order(CheckSleepSchedules { clock });
    }

    /// What the only Worker is asked to be, and then is.
    fn follows(&mut self) -> Option<W> {
        let worker = self.workers[0];
        let asked = self.order(AskState { worker }).unwrap();
        if let Some(status) = asked {
            self.set_worker(worker, status);
        }
        asked
    }

    fn wishes(&mut self, status: W, lazy: bool) {
        let worker = self.workers[0];
        self.order(RequestWorkerStatus {
            worker,
            status,
            lazy,
        })
        .unwrap();
    }
}

#[test]
fn a_schedule_puts_to_sleep_and_wakes_up() {
    let mut world = at(20);
    world.sleeps("", "22:00", "06:00");
    assert_eq!(world.follows(), None);
    world.hours_pass(1);
    assert_eq!(world.follows(), None);
    world.hours_pass(1);
    assert_eq!(world.follows(), Some(W::Asleep));
    world.hours_pass(7);
    assert_eq!(world.follows(), None);
    world.hours_pass(1);
    assert_eq!(world.follows(), Some(W::Awake));
    world.hours_pass(30);
    assert_eq!(
        world.follows(),
        None,
        "awake at 12 the day after, whatever was missed in between"
    );
}

#[test]
fn a_schedule_holds_at_once_and_wakes_up_when_it_is_switched_off() {
    let mut world = at(12);
    let (worker, clock) = (world.workers[0], world.clock());
    assert_eq!(world.ask(worker, true), None);
    world.sleeps("", "", "");
    assert_eq!(
        world.handouts[0].answer,
        Answer::StatusRequested(W::Asleep),
        "who waits is told"
    );
    assert_eq!(world.follows(), Some(W::Asleep));
    let schedule = SleepSchedule::default().written();
    world
        .order(SetSleepSchedule {
            worker,
            schedule,
            clock,
        })
        .unwrap();
    assert_eq!(world.follows(), Some(W::Awake));
    world.hours_pass(48);
    assert_eq!(world.follows(), None);
}

#[test]
fn what_a_person_wants_holds_until_the_schedules_next_turn() {
    let mut world = at(23);
    world.sleeps("", "22:00", "06:00");
    assert_eq!(world.follows(), Some(W::Asleep));
    world.wishes(W::Awake, false);
    assert_eq!(world.follows(), Some(W::Awake));
    world.hours_pass(2);
    assert_eq!(
        world.follows(),
        None,
        "midnight in the middle of the night is no turn"
    );
    world.hours_pass(21);
    assert_eq!(world.follows(), Some(W::Asleep));

    let mut world = at(12);
    world.sleeps("", "", "");
    assert_eq!(world.follows(), Some(W::Asleep));
    world.wishes(W::Awake, false);
    world.follows();
    world.hours_pass(11);
    assert_eq!(world.follows(), None);
    world.hours_pass(1);
    assert_eq!(
        world.follows(),
        Some(W::Asleep),
        "whoever sleeps all day is sent back at midnight"
    );
}

#[test]
fn a_schedule_overrules_what_was_asked_for_and_is_never_lazy() {
    let mut world = at(21);
    world.sleeps("", "22:00", "06:00");
    world.wishes(W::Asleep, true);
    world.hours_pass(1);
    let request = world.farm.workers().next().unwrap().requested.unwrap();
    assert_eq!((request.status, request.lazy), (W::Asleep, false));
    world.follows();
    world.wishes(W::Awake, true);
    world.wishes(W::Offline, true);
    world.hours_pass(8);
    assert_eq!(world.follows(), Some(W::Awake));
    world.wishes(W::Asleep, true);
    world.sleeps("", "22:00", "06:00");
    assert_eq!(world.follows(), None, "it is awake, as it shall be");
}

#[test]
fn a_schedule_outlives_a_restart_and_so_does_what_a_person_wants() {
    let mut world = at(23);
    world.sleeps("", "22:00", "06:00");
    world.follows();
    world.wishes(W::Awake, false);
    world.follows();
    world.restart();
    world.hours_pass(1);
    assert_eq!(world.follows(), None);
    world.restart();
    world.hours_pass(22);
    assert_eq!(world.follows(), Some(W::Asleep));
}

#[test]
fn who_signs_on_in_its_sleep_is_sent_to_bed_unless_something_else_is_asked_of_it() {
    let mut world = at(23);
    let worker = world.workers[0];
    world.sleeps("", "22:00", "06:00");
    world.follows();
    let types = || vec!["a".to_owned()];
    assert_eq!(world.sign_on(worker, types()), W::Asleep);
    world.wishes(W::Awake, false);
    assert_eq!(world.sign_on(worker, types()), W::Awake);
    world.set_worker(worker, W::Awake);
    world.order(SignOff { worker }).unwrap();
    world.hours_pass(23);
    assert_eq!(
        world.sign_on(worker, types()),
        W::Asleep,
        "it went awake, but it is night again"
    );
}

#[test]
fn a_worker_in_error_is_left_alone_and_follows_once_it_is_back() {
    let mut world = at(21);
    let worker = world.workers[0];
    world.sleeps("", "22:00", "06:00");
    world.now += Duration::from_hours(2);
    world.order(CheckTimeouts);
    assert_eq!(world.worker_status(worker), W::Error);
    world.hours_pass(0);
    world.sleeps("", "22:00", "06:00");
    assert_eq!(world.farm.worker_by_id(worker).unwrap().requested, None);
    assert_eq!(world.follows(), None, "heard of again, awake as it went");
    world.hours_pass(0);
    assert_eq!(world.follows(), Some(W::Asleep));
}
