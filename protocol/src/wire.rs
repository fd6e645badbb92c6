//! How single members are read where the contract's text and a Flamenco Manager's habit differ: `null` for an empty
//! list, `""` for an id that is not there. Ours sends neither `null` nor more empty texts than the contract asks for.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the empty value: a Flamenco Manager writes an empty list of commands so.
/// Used as `#[serde(deserialize_with = "null_as_default")]`; a member that is absent stays an error.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An id in a member that is always sent, and is the empty text when there is none.
/// Used as `#[serde(with = "empty_as_none")]`.
pub(crate) mod empty_as_none {
    use std::borrow::Cow;
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands the member over as it is")]
    pub(crate) fn serialize<S, T>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: Display,
    {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }

    pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        match Cow::<'_, str>::deserialize(deserializer)? {
            text if text.is_empty() => Ok(None),
            text => text.parse().map(Some).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::api::{AssignedTask, SubmittedJob, Task, TaskWorker};
    use crate::ids::{JobId, TaskId};

    #[test]
    fn a_worker_that_is_not_there_is_empty() {
        let nobody = json!({"id": "", "name": "", "address": ""});
        assert_eq!(
            serde_json::from_value::<TaskWorker>(nobody.clone()).unwrap(),
            TaskWorker::default()
        );
        assert_eq!(serde_json::to_value(TaskWorker::default()).unwrap(), nobody);
        assert!(
            serde_json::from_value::<TaskWorker>(json!({"id": "x", "name": "", "address": ""}))
                .is_err()
        );
    }

    #[test]
    fn commands_may_be_null_but_not_absent() {
        let task = json!({
            "uuid": TaskId::random(), "job": JobId::random(), "name": "", "status": "active", "priority": 50,
            "job_priority": 50, "job_type": "", "task_type": "", "commands": null, "steps_completed": 0,
            "steps_total": 0, "attempt": null,
        });
        let read: AssignedTask = serde_json::from_value(task.clone()).unwrap();
        assert!(read.commands.is_empty() && read.attempt.is_none());
        let written = serde_json::to_value(read).unwrap();
        assert_eq!(written["commands"], json!([]));
        assert!(written.get("attempt").is_none());
        let mut without = task;
        without.as_object_mut().unwrap().remove("commands");
        assert!(serde_json::from_value::<Task>(without).is_err());
    }

    #[test]
    fn a_job_without_priority_has_the_usual_one() {
        let job = |priority| json!({"name": "", "type": "", "submitter_platform": "", "priority": priority});
        let read = |job| {
            serde_json::from_value::<SubmittedJob>(job)
                .map(|job| job.priority)
                .ok()
        };
        assert_eq!(read(job(json!(null))), Some(50));
        assert_eq!(
            read(json!({"name": "", "type": "", "submitter_platform": ""})),
            Some(50)
        );
        assert_eq!(read(job(json!(-5))), Some(-5));
        for wrong in [json!("50"), json!(50.0), json!(true), json!(1_u64 << 40)] {
            assert_eq!(read(job(wrong)), None);
        }
    }

    #[test]
    fn settings_keep_their_order() {
        let text = r#"{"name":"","type":"","priority":1,"settings":{"z":1,"a":null,"m":[]},"submitter_platform":""}"#;
        let job: SubmittedJob = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), text);
    }
}
