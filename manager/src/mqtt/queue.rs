//! Pure: what waits for the broker, in order.

use std::collections::VecDeque;

/// So many messages are on their way at a time: as many as a broker usually takes on.
pub(super) const ON_THE_WAY: usize = 20;

/// Messages in the order in which they are to arrive. The foremost are on their way.
#[derive(Debug)]
pub(super) struct Queue<T> {
    waiting: VecDeque<T>,
    on_the_way: usize,
    bound: usize,
    dropped: u64,
}

impl<T> Queue<T> {
    /// Nothing waits; at most so many will.
    pub(super) fn new(bound: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            on_the_way: 0,
            bound: bound.max(ON_THE_WAY + 1),
            dropped: 0,
        }
    }

    /// Adds a message. If there is no room, the oldest that is not on its way goes: what is newer says more.
    pub(super) fn push(&mut self, message: T) {
        if self.waiting.len() == self.bound && self.waiting.remove(self.on_the_way).is_some() {
            self.dropped += 1;
        }
        self.waiting.push_back(message);
    }

    /// The next message to be sent, unless enough are on their way.
    pub(super) fn next_to_send(&mut self) -> Option<&T> {
        if self.on_the_way == ON_THE_WAY {
            return None;
        }
        let message = self.waiting.get(self.on_the_way)?;
        self.on_the_way += 1;
        Some(message)
    }

    /// The broker has taken the oldest message that was on its way.
    pub(super) fn arrived(&mut self) {
        if self.on_the_way > 0 {
            self.on_the_way -= 1;
            self.waiting.pop_front();
        }
    }

    /// The connection broke: what was on its way may or may not have arrived, and is sent again.
    pub(super) const fn send_again(&mut self) {
        self.on_the_way = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many messages had to go.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Push,
        Send,
        Arrive,
        Break,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            5 => Just(Step::Push), 5 => Just(Step::Send), 4 => Just(Step::Arrive), 1 => Just(Step::Break)
        ];
        prop::collection::vec(step, 0..400)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_what_is_counted_and_the_first_arrivals_are_in_order(steps in steps()) {
            let mut queue = Queue::new(30);
            let (mut pushed, mut wire, mut arrived) = (0_u64, VecDeque::new(), Vec::new());
            for step in steps {
                match step {
                    Step::Push => {
                        queue.push(pushed);
                        pushed += 1;
                    }
                    Step::Send => wire.extend(queue.next_to_send().copied()),
                    Step::Arrive => {
                        if let Some(message) = wire.pop_front() {
                            arrived.push(message);
                            queue.arrived();
                        }
                    }
                    Step::Break => {
                        wire.clear();
                        queue.send_again();
                    }
                }
                prop_assert!(wire.len() <= ON_THE_WAY && queue.len() <= 30);
            }
            // The connection comes back, and all goes out.
            queue.send_again();
            while let Some(message) = queue.next_to_send().copied() {
                arrived.push(message);
                queue.arrived();
            }
            prop_assert!(queue.is_empty());
            prop_assert!(arrived.is_sorted());
            prop_assert_eq!(arrived.len() as u64 + queue.dropped(), pushed);
        }
    }

    #[test]
    fn a_full_queue_lets_the_oldest_go_that_is_not_on_its_way() {
        let mut queue = Queue::new(0);
        for n in 0..=ON_THE_WAY {
            queue.push(n);
        }
        assert_eq!(queue.next_to_send(), Some(&0));
        queue.push(100);
        assert_eq!(queue.dropped(), 1);
        assert_eq!(queue.next_to_send(), Some(&2));
    }
}
