//! How much processor time a program uses, with all of its processes.
//!
//! [`ProcessorUse`] is fed with samples and decides what counts as life; [`processor_time`] takes a sample.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

/// A program that uses this much ...
const ENOUGH: Duration = Duration::from_secs(1);

/// ... within so long is at work. One that renders on a graphics card needs little more.
const WINDOW: Duration = Duration::from_mins(1);

/// In how many parts a second of processor time is counted in `/proc`: the same on all platforms of Blender.
const TICKS_PER_SECOND: u64 = 100;

/// What a program used lately.
#[derive(Debug, Default)]
pub(super) struct ProcessorUse {
    total: Duration,
    recent: VecDeque<(Instant, Duration)>,
}

impl ProcessorUse {
    /// Takes a sample of the time that was used in all. Says whether enough was used to count as a sign of life; what
    /// was counted for one sign does not count for the next.
    pub(super) fn sample(&mut self, total: Duration, now: Instant) -> bool {
        // The total falls when a process ends that its parent did not wait for.
        let used = total.saturating_sub(self.total);
        self.total = total;
        while let Some((when, _)) = self.recent.front()
            && now.saturating_duration_since(*when) >= WINDOW
        {
            self.recent.pop_front();
        }
        self.recent.push_back((now, used));
        let within_window: Duration = self.recent.iter().map(|(_, used)| *used).sum();
        let is_alive = within_window >= ENOUGH;
        if is_alive {
            self.recent.clear();
        }
        is_alive
    }
}

/// The processor time that the members of a group, and their descendants, have used so far.
pub(super) fn processor_time(group: Pid) -> Duration {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Duration::ZERO;
    };
    let stats = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?;
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // A process may have ended meanwhile.
        Stat::read(&fs::read_to_string(path.join("stat")).ok()?)
    });
    let ticks = ticks_of_group(group.as_raw(), stats);
    Duration::from_millis(ticks.saturating_mul(1000 / TICKS_PER_SECOND))
}

/// A process, as far as it matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Stat {
    pid: i32,
    parent: i32,
    group: i32,
    /// Its own, and that of children that it has waited for.
    ticks: u64,
}

impl Stat {
    /// Reads `/proc/PID/stat`. The program's name is in parentheses, and may itself contain any character.
    fn read(text: &str) -> Option<Self> {
        let (start, rest) = text.rsplit_once(')')?;
        let pid = start.split(' ').next()?.parse().ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let field = |place: usize| fields.get(place);
        let ticks = fields.get(11..15)?.iter();
        Some(Self {
            pid,
            parent: field(1)?.parse().ok()?,
            group: field(2)?.parse().ok()?,
            // The time of children may be negative in odd kernels; then it does not count.
            ticks: ticks.filter_map(|text| text.parse::<u64>().ok()).sum(),
        })
    }
}

fn ticks_of_group(group: i32, stats: impl Iterator<Item = Stat>) -> u64 {
    let mut open: Vec<Stat> = Vec::new();
    let mut children = BTreeMap::<i32, Vec<Stat>>::new();
    for stat in stats {
        if stat.group == group {
            open.push(stat);
        }
        children.entry(stat.parent).or_default().push(stat);
    }
    let mut counted = BTreeSet::new();
    let mut ticks: u64 = 0;
    while let Some(stat) = open.pop() {
        if counted.insert(stat.pid) {
            ticks = ticks.saturating_add(stat.ticks);
            open.extend(children.remove(&stat.pid).into_iter().flatten());
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples every five seconds; says at which of them there was a sign of life.
    fn alive_at(used: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let start = Instant::now();
        let mut processor = ProcessorUse::default();
        let mut total = Duration::ZERO;
        let mut alive = Vec::new();
        for (second, used) in (0..).step_by(5).zip(used) {
            total += Duration::from_millis(used);
            if processor.sample(total, start + Duration::from_secs(second)) {
                alive.push(second);
            }
        }
        alive
    }

    #[test]
    fn a_second_within_a_minute_is_a_sign_of_life() {
        assert_eq!(alive_at([1000, 0, 0, 1000]), [0, 15]);
        assert_eq!(alive_at([500, 0, 0, 500]), [15]);
        // A render on a graphics card: a tenth of a second in each five.
        let alive = alive_at([100; 37]);
        assert_eq!(alive, [45, 95, 145]);
    }

    #[test]
    fn less_is_not() {
        // What a program that only waits uses: 50 ms in each five seconds are 0.6 s in a minute.
        assert!(alive_at([50; 100]).is_empty());
        let mut half_a_second_twice = [0; 20];
        half_a_second_twice[0] = 500;
        half_a_second_twice[12] = 500;
        assert!(alive_at(half_a_second_twice).is_empty());
    }

    #[test]
    fn a_burst_counts_once() {
        assert_eq!(alive_at([60_000, 10, 10, 10, 10, 10]), [0]);
    }

    #[test]
    fn a_total_that_falls_is_no_use_of_the_processor() {
        let now = Instant::now();
        let mut processor = ProcessorUse::default();
        assert!(processor.sample(Duration::from_secs(10), now));
        assert!(!processor.sample(Duration::from_secs(5), now));
        assert!(processor.sample(Duration::from_secs(6), now));
    }

    fn stat(pid: i32, parent: i32, group: i32, ticks: u64) -> Stat {
        Stat {
            pid,
            parent,
            group,
            ticks,
        }
    }

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let text = "42 (a) R (b c) S 7 40 40 0 -1 4194304 100 0 0 0 20 3 5 1 20 0 1 0 1234 0 0";
        assert_eq!(Stat::read(text), Some(stat(42, 7, 40, 29)));
        for nonsense in [
            "",
            "42",
            "42 (a) S 7",
            "42 (a) S x 40 0 0 0 0 0 0 0 0 1 1 1 1",
        ] {
            assert_eq!(Stat::read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn members_of_the_group_and_all_their_descendants_count() {
        let stats = [
            stat(10, 1, 10, 1),
            stat(11, 10, 10, 2),
            // It left the group, and has a child of its own.
            stat(12, 11, 12, 4),
            stat(13, 12, 12, 8),
            // An orphan that is still in the group.
            stat(14, 1, 10, 16),
            stat(15, 1, 15, 32),
        ];
        assert_eq!(ticks_of_group(10, stats.into_iter()), 31);
    }

    #[test]
    fn a_process_that_computes_is_seen() {
        let own_group = nix::unistd::getpgrp();
        let start = Instant::now();
        let mut x: u64 = 1;
        // Other processes of the group may end meanwhile.
        let mut lowest = processor_time(own_group);
        loop {
            let used = processor_time(own_group);
            if used >= lowest + Duration::from_millis(20) {
                break;
            }
            lowest = lowest.min(used);
            assert!(start.elapsed() < Duration::from_mins(1), "{x}");
            for _ in 0..1_000_000 {
                x = std::hint::black_box(x.wrapping_mul(6_364_136_223_846_793_005));
            }
        }
    }
}
