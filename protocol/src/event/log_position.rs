//! Pure: how a listener follows the log of a task by byte offset, so that nothing is missed and nothing comes twice.
//!
//! A log lies in a file, which can be read from any byte on; what is appended is told as events that say where in the
//! file their text begins and how large the file is with it. A listener listens first, reads the file from where it
//! is, and then goes on with the events: what it has read already is passed over, and where something is missing
//! (after a connection broke), it reads the file again from where it is.

use super::EventTaskLogUpdate;

/// How far a listener has read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LogPosition {
    read: u64,
}

/// What an event means to a listener.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LogStep {
    /// There is nothing in it that was not read already.
    Known,
    /// This text comes next.
    Text(String),
    /// Bytes are missing before it: read the file from this byte on.
    ReadFrom(u64),
}

impl LogPosition {
    /// The byte that would be read next.
    pub const fn read(&self) -> u64 {
        self.read
    }

    /// So many bytes were read from the file.
    pub const fn has_read(&mut self, bytes: u64) {
        self.read += bytes;
    }

    /// Takes in an event.
    pub fn hear(&mut self, update: &EventTaskLogUpdate) -> LogStep {
        let (Some(offset), Some(size)) = (update.offset, update.size) else {
            return LogStep::Known;
        };
        if size <= self.read {
            return LogStep::Known;
        }
        let mut text = update.log.clone();
        if offset + (text.len() as u64) < size {
            text.push('\n');
        }
        // Where the reading of the file ended in the middle of this text, its rest comes next.
        let known = self.read.checked_sub(offset).map(usize::try_from);
        let Some(rest) = known.and_then(|known| text.get(known.ok()?..)) else {
            return LogStep::ReadFrom(self.read);
        };
        self.read = size;
        LogStep::Text(rest.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::TaskId;

    /// The events of a log that is written text by text, and its file.
    fn written(texts: &[String]) -> (Vec<EventTaskLogUpdate>, String) {
        let (task_id, mut file, mut events) = (TaskId::random(), String::new(), Vec::new());
        for log in texts {
            let offset = (!log.is_empty()).then_some(file.len() as u64);
            file.push_str(log);
            if !log.is_empty() && !log.ends_with('\n') {
                file.push('\n');
            }
            let size = offset.map(|_| file.len() as u64);
            events.push(EventTaskLogUpdate {
                task_id,
                log: log.clone(),
                offset,
                size,
            });
        }
        (events, file)
    }

    fn texts() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[aä\n]{0,6}", 0..12)
    }

    proptest! {
        #[test]
        fn whatever_is_lost_or_told_again_the_log_is_read_whole(
            texts in texts(),
            heard in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..30),
            begin in any::<prop::sample::Index>(),
        ) {
            let (events, file) = written(&texts);
            let mut position = LogPosition::default();
            let mut read = file.as_bytes()[..begin.index(file.len() + 1)].to_vec();
            position.has_read(read.len() as u64);
            let picks = heard.iter().filter(|_| !events.is_empty()).map(|(pick, _)| pick.index(events.len()));
            for n in picks.chain(0..events.len()) {
                match position.hear(&events[n]) {
                    LogStep::Known => {}
                    LogStep::Text(text) => read.extend(text.as_bytes()),
                    LogStep::ReadFrom(byte) => {
                        prop_assert_eq!(byte, read.len() as u64);
                        let known = usize::try_from(events[n].size.unwrap()).unwrap();
                        let rest = &file.as_bytes()[read.len()..known];
                        read.extend(rest);
                        position.has_read(rest.len() as u64);
                    }
                }
                prop_assert_eq!(position.read(), read.len() as u64);
            }
            prop_assert_eq!(String::from_utf8(read).unwrap(), file);
        }
    }

    #[test]
    fn a_manager_that_does_not_say_where_tells_nothing_to_go_on_with() {
        let update = EventTaskLogUpdate {
            task_id: TaskId::random(),
            log: "line\n".to_owned(),
            offset: None,
            size: None,
        };
        assert_eq!(LogPosition::default().hear(&update), LogStep::Known);
    }
}
