//! The rules of the Upstream, without clock, disk or network: events go in, effects come out.
//!
//! ```text
//! deliver ──▶ waiting ──commit──▶ on disk ──oldest──▶ sent ──delivered, dropped──▶ forgotten with the next commit
//!                                    ▲                  │
//!                                    └── not accepted ──┘  (after a pause, or when signed on again)
//! ```
//! Commits and sends happen side by side, at most one of each. All that waits for the disk goes there in one
//! commit, and the same commit forgets what was delivered.

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use super::messages::{Attempt, Deliver};
use super::store::{Backlog, Commit, Forget, StoredUpdate};
use super::verdict::Verdict;
use crate::contact::Backoff;

/// With this many updates on disk, further log text is left out: at ten kilobytes each it is some 200 megabytes,
/// more than anybody reads. Everything else is kept in any case.
const MOST_ROWS: u64 = 20_000;

/// Between two tries when the Manager is away or in trouble.
const RETRY: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));

/// The longest time that the Manager may ask us to wait.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What became of an update that was handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    /// It goes to disk with the next commit.
    Waiting,
    /// It is over already: nobody wants it, or there is no room.
    Over,
}

/// What is to be done.
#[derive(Debug)]
#[must_use = "an effect that is dropped never happens"]
pub(super) enum Effect {
    Commit(Commit),
    Send(StoredUpdate),
    /// Try again after this time, give or take.
    Pause(Duration),
    /// The Manager has taken this task away from us.
    TaskLost(Attempt),
    /// No update is left; answer all who wait for that.
    Drained,
}

/// The state of the way to the Manager.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    /// Not signed on, or not any more.
    Closed,
    Open,
    Pausing,
}

/// The updates on their way.
#[derive(Debug)]
pub(super) struct Flow {
    waiting: Vec<Deliver>,
    committing: bool,
    forget: Forget,
    backlog: Backlog,
    sending: bool,
    way: Way,
    retry: Backoff,
    /// The hand-out that the Manager took away. A mark of the present task only.
    lost: Option<Attempt>,
    left_out: u64,
    drain_wanted: bool,
    effects: VecDeque<Effect>,
}

impl Default for Flow {
    /// Begins with a look at the disk: there may be updates of an earlier run.
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            committing: true,
            forget: Forget::Nothing,
            backlog: Backlog::default(),
            sending: false,
            way: Way::Closed,
            retry: RETRY,
            lost: None,
            left_out: 0,
            drain_wanted: false,
            effects: VecDeque::from([Effect::Commit(Commit {
                forget: Forget::Nothing,
                keep: Vec::new(),
            })]),
        }
    }
}

impl Flow {
    /// There is something new to deliver.
    pub(super) fn deliver(&mut self, mut new: Deliver) -> Taken {
        if self.lost == Some(new.attempt) {
            return Taken::Over;
        }
        if let Some(log) = new.update.log.as_mut() {
            let only_log = new.update.task_status.is_none() && new.update.steps_completed.is_none();
            if only_log && self.backlog.rows >= MOST_ROWS {
                self.left_out += 1;
                return Taken::Over;
            }
            let left_out = mem::take(&mut self.left_out);
            if left_out > 0 {
                *log = format!(
                    "({left_out} pieces of the log were left out, the Manager was away for too long)\n{log}"
                );
            }
        }
        self.waiting.push(new);
        Taken::Waiting
    }

    /// A commit was made.
    pub(super) fn committed(&mut self, backlog: Backlog) {
        self.committing = false;
        self.backlog = backlog;
    }

    /// A commit was not made; it is to be tried again by [`disk_again`](Self::disk_again).
    pub(super) fn commit_failed(&mut self, commit: Commit) {
        if self.forget == Forget::Nothing {
            self.forget = commit.forget;
        }
        let mut keep = commit.keep;
        keep.retain(|kept| Some(kept.attempt) != self.lost);
        keep.append(&mut self.waiting);
        self.waiting = keep;
    }

    /// It is time to try the disk again.
    pub(super) fn disk_again(&mut self) {
        self.committing = false;
    }

    /// The Manager answered, or not.
    pub(super) fn sent(&mut self, update: &StoredUpdate, verdict: Verdict) {
        self.sending = false;
        match verdict {
            Verdict::Delivered | Verdict::Dropped => self.forget = Forget::Update(update.id),
            Verdict::Lost => {
                self.forget = Forget::Attempt(update.attempt);
                self.waiting
                    .retain(|waiting| waiting.attempt != update.attempt);
                self.lost = Some(update.attempt);
                self.effects.push_back(Effect::TaskLost(update.attempt));
            }
            Verdict::UnknownWorker => self.way = Way::Closed,
            Verdict::Later(wish) => {
                let pause = self
                    .retry
                    .next_wait()
                    .max(wish.unwrap_or_default().min(LONGEST_PAUSE));
                if self.way == Way::Open {
                    self.way = Way::Pausing;
                    self.effects.push_back(Effect::Pause(pause));
                }
                return;
            }
        }
        self.retry.reset();
    }

    /// The pause is over, or was cut short.
    pub(super) fn pause_over(&mut self) {
        if self.way == Way::Pausing {
            self.way = Way::Open;
        }
    }

    /// The Worker has signed on.
    pub(super) fn signed_on(&mut self) {
        self.way = Way::Open;
        self.retry.reset();
    }

    /// Somebody wants to know when no update is left.
    pub(super) fn drain(&mut self) {
        self.drain_wanted = true;
        self.pause_over();
    }

    /// The next thing to do, until there is none.
    pub(super) fn next(&mut self) -> Option<Effect> {
        if let Some(effect) = self.effects.pop_front() {
            return Some(effect);
        }
        let nothing_new = self.waiting.is_empty() && self.forget == Forget::Nothing;
        if !self.committing && !nothing_new {
            self.committing = true;
            let (forget, keep) = (mem::take(&mut self.forget), mem::take(&mut self.waiting));
            if forget != Forget::Nothing {
                // Until the commit is made, what is known as the oldest is what it forgets.
                self.backlog.oldest = None;
            }
            return Some(Effect::Commit(Commit { forget, keep }));
        }
        if !self.sending
            && self.way == Way::Open
            && self.forget == Forget::Nothing
            && let Some(oldest) = self.backlog.oldest.clone()
        {
            self.sending = true;
            return Some(Effect::Send(oldest));
        }
        let drained = !self.committing && nothing_new && self.backlog.rows == 0;
        if drained && mem::take(&mut self.drain_wanted) {
            self.lost = None;
            return Some(Effect::Drained);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::api::TaskUpdate;
    use farandole_protocol::ids::TaskId;
    use farandole_protocol::status::TaskStatus;
    use proptest::prelude::*;

    use super::*;

    fn log(attempt: Attempt, text: &str) -> Deliver {
        Deliver {
            attempt,
            update: TaskUpdate {
                log: Some(text.to_owned()),
                ..TaskUpdate::default()
            },
        }
    }

    fn text(update: &TaskUpdate) -> String {
        update.log.clone().unwrap_or_default()
    }

    /// A disk, and what the flow wanted of the world, performed step by step.
    #[derive(Default)]
    struct Bench {
        flow: Flow,
        disk: VecDeque<StoredUpdate>,
        last_id: i64,
        commits: VecDeque<Commit>,
        sending: Option<StoredUpdate>,
        sent: Vec<String>,
        pausing: bool,
        lost: Vec<Attempt>,
        drained: usize,
    }

    impl Bench {
        fn signed_on() -> Self {
            let mut bench = Self::default();
            bench.flow.signed_on();
            bench.settle();
            bench
        }

        fn gather(&mut self) {
            while let Some(effect) = self.flow.next() {
                match effect {
                    Effect::Commit(commit) => self.commits.push_back(commit),
                    Effect::Send(update) => {
                        assert!(self.sending.is_none(), "one at a time");
                        assert_eq!(self.disk.front(), Some(&update), "the oldest first");
                        self.sent.push(text(&update.update));
                        self.sending = Some(update);
                    }
                    Effect::Pause(_) => self.pausing = true,
                    Effect::TaskLost(attempt) => self.lost.push(attempt),
                    Effect::Drained => {
                        assert!(self.disk.is_empty());
                        self.drained += 1;
                    }
                }
            }
            assert!(self.commits.len() <= 1, "one at a time");
        }

        fn commit(&mut self) -> bool {
            self.gather();
            let Some(commit) = self.commits.pop_front() else {
                return false;
            };
            match commit.forget {
                Forget::Nothing => {}
                Forget::Update(id) => self.disk.retain(|kept| kept.id != id),
                Forget::Attempt(attempt) => self.disk.retain(|kept| kept.attempt != attempt),
            }
            for Deliver { attempt, update } in commit.keep {
                self.last_id += 1;
                self.disk.push_back(StoredUpdate {
                    id: self.last_id,
                    attempt,
                    update,
                });
            }
            self.flow.committed(Backlog {
                rows: self.disk.len() as u64,
                oldest: self.disk.front().cloned(),
            });
            self.gather();
            true
        }

        fn settle(&mut self) {
            while self.commit() {}
        }

        fn answer(&mut self, verdict: Verdict) -> bool {
            let Some(update) = self.sending.take() else {
                return false;
            };
            self.flow.sent(&update, verdict);
            self.gather();
            true
        }

        /// Accepts whatever is sent, until nothing happens any more.
        fn accept_all(&mut self) {
            while self.commit() || self.answer(Verdict::Delivered) {}
        }
    }

    #[test]
    fn updates_are_sent_in_order_from_the_disk_only() {
        let mut bench = Bench::signed_on();
        let attempt = (TaskId::random(), None);
        for name in ["a", "b", "c"] {
            bench.flow.deliver(log(attempt, name));
        }
        bench.gather();
        assert!(bench.sent.is_empty(), "not before it is on disk");
        assert_eq!(
            bench.commits.len(),
            1,
            "all in one commit, once the first look at the disk is over"
        );
        bench.accept_all();
        assert_eq!(bench.sent, ["a", "b", "c"]);
        assert!(bench.disk.is_empty());
    }

    #[test]
    fn nothing_is_sent_before_the_worker_signed_on() {
        let mut bench = Bench::default();
        bench.flow.deliver(log((TaskId::random(), None), "a"));
        bench.accept_all();
        assert!(bench.sent.is_empty() && bench.disk.len() == 1);
        bench.flow.signed_on();
        bench.accept_all();
        assert_eq!(bench.sent, ["a"]);
    }

    #[test]
    fn trouble_is_waited_out_and_order_kept() {
        let mut bench = Bench::signed_on();
        let attempt = (TaskId::random(), None);
        bench.flow.deliver(log(attempt, "a"));
        bench.settle();
        assert!(bench.answer(Verdict::Later(None)));
        assert!(bench.pausing);
        bench.flow.deliver(log(attempt, "b"));
        bench.settle();
        assert_eq!(bench.sent, ["a"], "nobody overtakes");
        bench.flow.pause_over();
        bench.accept_all();
        assert_eq!(bench.sent, ["a", "a", "b"]);
    }

    #[test]
    fn an_unknown_worker_keeps_its_updates_until_it_signed_on_again() {
        let mut bench = Bench::signed_on();
        bench.flow.deliver(log((TaskId::random(), None), "a"));
        bench.settle();
        assert!(bench.answer(Verdict::UnknownWorker));
        bench.flow.drain();
        bench.accept_all();
        assert_eq!(
            (bench.sent.len(), bench.disk.len(), bench.drained),
            (1, 1, 0)
        );
        bench.flow.signed_on();
        bench.accept_all();
        assert_eq!(
            (bench.sent.len(), bench.disk.len(), bench.drained),
            (2, 0, 1)
        );
    }

    #[test]
    fn a_lost_task_takes_its_updates_with_it() {
        let mut bench = Bench::signed_on();
        let (mine, other) = ((TaskId::random(), Some(1)), (TaskId::random(), Some(1)));
        for new in [log(mine, "a"), log(mine, "b"), log(other, "c")] {
            bench.flow.deliver(new);
        }
        bench.settle();
        bench.flow.deliver(log(mine, "d"));
        assert!(bench.answer(Verdict::Lost));
        assert_eq!(bench.flow.deliver(log(mine, "e")), Taken::Over);
        bench.accept_all();
        assert_eq!(bench.sent, ["a", "c"]);
        assert_eq!(bench.lost, [mine]);
        bench.flow.drain();
        bench.accept_all();
        assert_eq!(
            bench.flow.deliver(log(mine, "f")),
            Taken::Waiting,
            "it may be handed out again"
        );
    }

    #[test]
    fn an_update_that_is_refused_for_good_does_not_block_the_rest() {
        let mut bench = Bench::signed_on();
        let attempt = (TaskId::random(), None);
        bench.flow.deliver(log(attempt, "a"));
        bench.flow.deliver(log(attempt, "b"));
        bench.settle();
        bench.answer(Verdict::Dropped);
        bench.accept_all();
        assert_eq!(bench.sent, ["a", "b"]);
    }

    #[test]
    fn a_full_disk_loses_nothing() {
        let mut bench = Bench::signed_on();
        let attempt = (TaskId::random(), None);
        bench.flow.deliver(log(attempt, "a"));
        bench.gather();
        let failed = bench.commits.pop_front().unwrap();
        bench.flow.deliver(log(attempt, "b"));
        bench.flow.commit_failed(failed);
        bench.gather();
        assert!(bench.commits.is_empty(), "not at once");
        bench.flow.disk_again();
        bench.accept_all();
        assert_eq!(bench.sent, ["a", "b"]);
    }

    #[test]
    fn too_much_log_text_is_left_out_and_that_is_said() {
        let mut bench = Bench::signed_on();
        let attempt = (TaskId::random(), None);
        bench.flow.committed(Backlog {
            rows: MOST_ROWS,
            oldest: None,
        });
        assert_eq!(bench.flow.deliver(log(attempt, "too much")), Taken::Over);
        let mut end = log(attempt, "the end");
        end.update.task_status = Some(TaskStatus::Failed);
        assert_eq!(bench.flow.deliver(end), Taken::Waiting);
        bench.accept_all();
        assert_eq!(bench.sent.len(), 1);
        assert!(
            bench.sent[0].starts_with("(1 pieces") && bench.sent[0].ends_with("the end"),
            "{}",
            bench.sent[0]
        );
    }

    proptest! {
        #[test]
        fn whatever_happens_everything_arrives_in_order(
            events in prop::collection::vec(0_u8..7, 0..200),
        ) {
            let mut bench = Bench::signed_on();
            let attempt = (TaskId::random(), None);
            let (mut handed_over, mut delivered) = (Vec::new(), Vec::new());
            for event in events {
                match event {
                    0 | 1 => {
                        let name = handed_over.len().to_string();
                        bench.flow.deliver(log(attempt, &name));
                        handed_over.push(name);
                    }
                    2 => drop(bench.commit()),
                    3 => if let Some(update) = &bench.sending {
                        delivered.push(text(&update.update));
                        bench.answer(Verdict::Delivered);
                    },
                    4 => drop(bench.answer(Verdict::Later(None))),
                    5 => bench.flow.pause_over(),
                    _ => {
                        bench.gather();
                        if let Some(failed) = bench.commits.pop_front() {
                            bench.flow.commit_failed(failed);
                            bench.flow.disk_again();
                        }
                    }
                }
            }
            bench.flow.drain();
            loop {
                bench.flow.pause_over();
                bench.settle();
                match &bench.sending {
                    Some(update) => delivered.push(text(&update.update)),
                    None => break,
                }
                bench.answer(Verdict::Delivered);
            }
            prop_assert_eq!(delivered, handed_over);
            prop_assert_eq!(bench.drained, 1);
        }
    }
}
