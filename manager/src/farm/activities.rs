//! What the tasks of a job say of themselves, or why they have their state. Pure.
//!
//! A change of all tasks of a job gives all of them the same text, which is kept once, beside the set of tasks that
//! have it: so such a change needs no walk, and memory says the same as the database.

use fixedbitset::FixedBitSet;

/// So many shared texts are kept at most; then the one that the fewest tasks have is given to each of those. A job
/// that is paused and resumed all day must not pile them up.
const MAX_SHARED: usize = 8;

/// One text for each task.
#[derive(Clone, Debug, Default)]
pub(super) struct Activities {
    /// By place (index - 1); only what is in no shared set counts.
    own: Vec<Box<str>>,
    /// Texts of many tasks, each with the indices of those. No task is in two sets.
    shared: Vec<(FixedBitSet, Box<str>)>,
}

impl Activities {
    /// These texts, the first of which is that of the task with index 1.
    pub(super) fn new(texts: impl Iterator<Item = Box<str>>) -> Self {
        Self {
            own: texts.collect(),
            shared: Vec::new(),
        }
    }

    /// The text of a task.
    pub(super) fn get(&self, index: u32) -> &str {
        let place = index as usize;
        self.shared
            .iter()
            .find(|(set, _)| set.contains(place))
            .map(|(_, text)| text)
            .or_else(|| self.own.get(place.checked_sub(1)?))
            .map_or("", |text| text)
    }

    /// Gives a task a text.
    pub(super) fn set(&mut self, index: u32, text: Box<str>) {
        let place = index as usize;
        for (set, _) in &mut self.shared {
            if set.contains(place) {
                set.remove(place);
            }
        }
        if let Some(own) = place
            .checked_sub(1)
            .and_then(|place| self.own.get_mut(place))
        {
            *own = text;
        }
    }

    /// Gives all these tasks (by index) the same text.
    pub(super) fn set_all(&mut self, tasks: FixedBitSet, text: &str) {
        for (set, _) in &mut self.shared {
            set.difference_with(&tasks);
        }
        self.shared.retain(|(set, _)| !set.is_clear());
        self.shared.push((tasks, text.into()));
        if self.shared.len() > MAX_SHARED {
            self.share_out_smallest();
        }
    }

    fn share_out_smallest(&mut self) {
        let smallest = (0..)
            .zip(&self.shared)
            .min_by_key(|(_, (set, _))| set.count_ones(..))
            .map(|(number, _)| number);
        let Some(smallest) = smallest else { return };
        let (set, text) = self.shared.swap_remove(smallest);
        for place in set.ones() {
            if let Some(own) = place
                .checked_sub(1)
                .and_then(|place| self.own.get_mut(place))
            {
                own.clone_from(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(indices: impl IntoIterator<Item = usize>) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(101);
        set.extend(indices);
        set
    }

    #[test]
    fn the_last_text_counts_whether_it_was_given_to_one_or_to_many() {
        let mut activities = Activities::new((1..=100).map(|index| format!("own {index}").into()));
        activities.set_all(set(1..=10), "shared");
        activities.set(3, "own again".into());
        activities.set_all(set(9..=11), "newer");
        let texts = [1, 3, 9, 11, 12].map(|index| activities.get(index).to_owned());
        assert_eq!(texts, ["shared", "own again", "newer", "newer", "own 12"]);
        assert_eq!(activities.get(101), "");
    }

    #[test]
    fn shared_texts_do_not_pile_up() {
        let mut activities = Activities::new((1..=100).map(|_| "".into()));
        for round in 1..=50 {
            activities.set_all(set(round..=100), &format!("round {round}"));
        }
        assert!(activities.shared.len() <= MAX_SHARED);
        for round in 1..=50 {
            assert_eq!(activities.get(round), format!("round {round}"));
        }
    }
}
