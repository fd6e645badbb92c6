//! Pure: what a client hears of, and what its subscriptions make of that.

use std::collections::BTreeSet;

use farandole_protocol::event::{
    SocketIOSubscriptionOperation as Operation, SocketIOSubscriptionType as Kind, Topic,
};
use farandole_protocol::ids::{JobId, TaskId};
use serde::Deserialize;
use serde_json::Value;

use crate::broadcaster::MOST_TOPICS;

/// The event by which a client changes what it hears of.
pub(super) const SUBSCRIPTION: &str = "/subscription";
/// The answer to a change that was made.
pub(super) const OK: &str = "ok";

/// What a client hears of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Rooms(BTreeSet<Topic>);

impl Default for Rooms {
    /// What every client hears of.
    fn default() -> Self {
        Self(BTreeSet::from([Topic::Lifecycle, Topic::Status]))
    }
}

/// What a client asks for: text, so that it can be told what was wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    op: String,
    #[serde(rename = "type")]
    kind: String,
    uuid: Option<String>,
}

impl Rooms {
    /// As topics of the bus.
    pub(super) fn topics(&self) -> Vec<Topic> {
        self.0.iter().copied().collect()
    }

    /// How often an event of these topics is told: once for each that the client hears of, as in the reference.
    pub(super) fn times(&self, topics: &[Topic]) -> usize {
        topics.iter().filter(|topic| self.0.contains(topic)).count()
    }

    /// Carries out what a client asks for. Gives the answer: `ok`, or what was wrong, and then nothing has changed;
    /// none if it cannot be understood at all.
    pub(super) fn change(&mut self, wish: Option<&Value>) -> Option<String> {
        let wish = wish.filter(|wish| wish.is_object())?;
        let wish = Wish::deserialize(wish).ok()?;
        Some(match self.carry_out(&wish) {
            Ok(()) => OK.to_owned(),
            Err(wrong) => wrong,
        })
    }

    fn carry_out(&mut self, wish: &Wish) -> Result<(), String> {
        let rooms = rooms(&wish.kind, wish.uuid.as_deref())?;
        match wish.op.parse() {
            Ok(Operation::Subscribe) => {
                let new = rooms.iter().filter(|room| !self.0.contains(room)).count();
                if self.0.len() + new > MOST_TOPICS {
                    return Err(format!(
                        "a client hears of at most {MOST_TOPICS} rooms: unsubscribe from some"
                    ));
                }
                self.0.extend(rooms);
            }
            Ok(Operation::Unsubscribe) => self.0.retain(|room| !rooms.contains(room)),
            Err(_) => {
                return Err(format!(
                    "op is {:?}, and must be subscribe or unsubscribe",
                    wish.op
                ));
            }
        }
        Ok(())
    }
}

/// The rooms of a subscription.
fn rooms(kind: &str, uuid: Option<&str>) -> Result<Vec<Topic>, String> {
    let wrong = |uuid: &str| format!("uuid is {uuid:?}, which is not a UUID");
    // Also where none is needed, as in the reference.
    if let Some(uuid) = uuid
        && (uuid.len() != 36 || uuid.parse::<JobId>().is_err())
    {
        return Err(wrong(uuid));
    }
    let needed = || uuid.ok_or_else(|| format!("a subscription to {kind} needs a uuid"));
    let rooms = match kind.parse() {
        Ok(Kind::AllJobs) => vec![Topic::Jobs],
        Ok(Kind::AllWorkers) => vec![Topic::Workers],
        Ok(Kind::AllLastRendered) => vec![Topic::LastRendered],
        Ok(Kind::AllWorkerTags) => vec![Topic::WorkerTags],
        Ok(Kind::Job) => {
            let uuid = needed()?;
            let job: JobId = uuid.parse().map_err(|_| wrong(uuid))?;
            vec![Topic::Job(job), Topic::JobLastRendered(job)]
        }
        // The reference joins the room of a job with this id, so that no log ever comes.
        Ok(Kind::Tasklog) => {
            let uuid = needed()?;
            let task: TaskId = uuid.parse().map_err(|_| wrong(uuid))?;
            vec![Topic::TaskLog(task)]
        }
        Err(_) => return Err(format!("there is no type {kind:?} to subscribe to")),
    };
    Ok(rooms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ID: &str = "11111111-2222-4333-8444-555555555555";

    fn asked(wishes: &[(&str, Value)]) -> (Vec<String>, Rooms) {
        let mut rooms = Rooms::default();
        let mut answers = Vec::new();
        for (op, wish) in wishes {
            let mut wish = wish.clone();
            wish["op"] = json!(op);
            answers.push(rooms.change(Some(&wish)).unwrap());
        }
        (answers, rooms)
    }

    #[track_caller]
    fn check(wish: Value, expected: &[Topic]) {
        let (answers, rooms) = asked(&[("subscribe", wish.clone())]);
        let mut with_all = Rooms::default();
        with_all.0.extend(expected);
        assert_eq!((answers, rooms), (vec![OK.to_owned()], with_all), "{wish}");
        let (_, rooms) = asked(&[("subscribe", wish.clone()), ("unsubscribe", wish)]);
        assert_eq!(rooms, Rooms::default());
    }

    #[test]
    fn each_type_has_its_rooms() {
        let job: JobId = ID.parse().unwrap();
        check(json!({"type": "allJobs"}), &[Topic::Jobs]);
        check(
            json!({"type": "allWorkers", "uuid": null}),
            &[Topic::Workers],
        );
        check(json!({"type": "allLastRendered"}), &[Topic::LastRendered]);
        check(
            json!({"type": "allWorkerTags", "uuid": ID}),
            &[Topic::WorkerTags],
        );
        check(
            json!({"type": "job", "uuid": ID}),
            &[Topic::Job(job), Topic::JobLastRendered(job)],
        );
    }

    #[test]
    fn a_subscription_to_a_log_gets_the_log() {
        check(
            json!({"type": "tasklog", "uuid": ID}),
            &[Topic::TaskLog(ID.parse().unwrap())],
        );
    }

    #[test]
    fn a_wish_that_makes_no_sense_is_explained_and_changes_nothing() {
        for wish in [
            json!({}),
            json!({"op": "subscribe"}),
            json!({"op": "subscribe", "type": "nothing"}),
            json!({"op": "dance", "type": "allJobs"}),
            json!({"op": "subscribe", "type": "job"}),
            json!({"op": "subscribe", "type": "tasklog"}),
            json!({"op": "subscribe", "type": "job", "uuid": "nonsense"}),
            json!({"op": "subscribe", "type": "allJobs", "uuid": "nonsense"}),
            json!({"op": "subscribe", "type": "job", "uuid": ID.replace('-', "")}),
        ] {
            let mut rooms = Rooms::default();
            let answer = rooms.change(Some(&wish)).unwrap();
            assert!(answer != OK && !answer.is_empty(), "{wish}: {answer}");
            assert_eq!(rooms, Rooms::default(), "{wish}");
        }
    }

    #[test]
    fn a_client_hears_of_so_many_rooms_and_no_more() {
        let mut rooms = Rooms::default();
        let job = || json!({"op": "subscribe", "type": "job", "uuid": JobId::random().to_string()});
        let first = job();
        assert_eq!(rooms.change(Some(&first)).as_deref(), Some(OK));
        let answers = (0..MOST_TOPICS).map(|_| rooms.change(Some(&job())).unwrap());
        assert!(answers.last().unwrap().contains("unsubscribe"));
        assert!(rooms.topics().len() <= MOST_TOPICS);
        // One that it has already is no new one.
        assert_eq!(rooms.change(Some(&first)).as_deref(), Some(OK));
    }

    #[test]
    fn what_cannot_be_understood_gets_no_answer() {
        for wish in [
            json!([]),
            json!(3),
            json!("subscribe"),
            json!({"op": 1, "type": "allJobs"}),
            json!({"op": "subscribe", "type": "job", "uuid": 7}),
        ] {
            assert_eq!(Rooms::default().change(Some(&wish)), None, "{wish}");
        }
        assert_eq!(Rooms::default().change(None), None);
    }

    #[test]
    fn pictures_are_told_once_for_each_room() {
        let job: JobId = ID.parse().unwrap();
        let topics = [Topic::JobLastRendered(job), Topic::LastRendered];
        let (_, rooms) = asked(&[("subscribe", json!({"type": "job", "uuid": ID}))]);
        assert_eq!(rooms.times(&topics), 1);
        let both = [
            ("subscribe", json!({"type": "job", "uuid": ID})),
            ("subscribe", json!({"type": "allLastRendered"})),
        ];
        assert_eq!(asked(&both).1.times(&topics), 2);
        assert_eq!(Rooms::default().times(&topics), 0);
    }

    proptest! {
        #[test]
        fn lifecycle_and_state_are_always_heard_of(
            wishes in prop::collection::vec((any::<bool>(), "allJobs|allWorkers|job|tasklog|x", any::<bool>()), 0..8)
        ) {
            let mut rooms = Rooms::default();
            for (begin, kind, named) in wishes {
                let op = if begin { "subscribe" } else { "unsubscribe" };
                rooms.change(Some(&json!({"op": op, "type": kind, "uuid": named.then_some(ID)})));
            }
            prop_assert_eq!(rooms.times(&[Topic::Lifecycle, Topic::Status]), 2);
        }
    }
}
