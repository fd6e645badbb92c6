//! Pure: the bounds of each body of a request. Members are named one by one, so that none is forgotten.

use farandole_protocol::api::{
    BlenderPathCheckResult, IdentityQuestion, JobBlocklist, JobBlocklistEntry,
    JobMassDeletionSelection, JobPriorityChange, JobStatusChange, JobStorageInfo, JobTagChange,
    JobVerifyRequest, PathCheckInput, SetupAssistantConfig, ShamanCheckout, ShamanFileSpec,
    ShamanRequirementsRequest, SubmittedJob, TaskFinding, TaskOutput, TaskStatusChange, TaskUpdate,
    WorkerCondition, WorkerRegistration, WorkerSignOn, WorkerSleepSchedule, WorkerStateChanged,
    WorkerStatusChangeRequest, WorkerTag, WorkerTagChangeRequest,
};
use serde_json::{Map, Value};

use super::limit::{
    ACTIVITY, Bounded, FILES, NAME, PATH, SECRET, TAGS, TASK_TYPES, TEXT, TooLongError, WORD, list,
    metadata, settings, shorten, text,
};

/// Bounds a body whose members are texts with a limit each, and others, after the semicolon, that need none.
macro_rules! bounded {
    ($body:ident { $($text:ident: $limit:ident),*; $($other:ident),* }) => {
        impl Bounded for $body {
            fn bound(&mut self) -> Result<(), TooLongError> {
                let Self { $($text,)* $($other: _,)* } = self;
                $(text(stringify!($text), $text, $limit)?;)*
                Ok(())
            }
        }
    };
}

bounded!(JobStatusChange { reason: TEXT; status, overwrite });
bounded!(JobPriorityChange { ; priority });
bounded!(JobTagChange { id: WORD, name: NAME; });
bounded!(JobMassDeletionSelection { ; last_updated_max });
bounded!(JobVerifyRequest { ; requeue });
bounded!(TaskStatusChange { reason: TEXT; status, overwrite });
bounded!(WorkerStateChanged { ; status });
bounded!(WorkerStatusChangeRequest { ; status, is_lazy });
bounded!(WorkerSleepSchedule { days_of_week: WORD, start_time: WORD, end_time: WORD; is_active });
bounded!(WorkerTag { id: WORD, name: NAME, description: TEXT; });
bounded!(PathCheckInput { path: PATH; });
bounded!(IdentityQuestion { nonce: WORD; worker });

impl Bounded for SubmittedJob {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            name,
            job_type,
            type_etag,
            priority: _,
            settings: given,
            metadata: told,
            submitter_platform,
            storage,
            worker_tag,
            initial_status: _,
            // One of each class is kept, and a bounded number of findings.
            allow: _,
            findings: _,
            keep_existing: _,
        } = self;
        text("name", name, NAME)?;
        text("type", job_type, WORD)?;
        text("type_etag", type_etag, WORD)?;
        given.as_ref().map_or(Ok(()), settings)?;
        told.as_ref().map_or(Ok(()), metadata)?;
        text("submitter_platform", submitter_platform, WORD)?;
        if let Some(JobStorageInfo { shaman_checkout_id }) = storage {
            text("storage.shaman_checkout_id", shaman_checkout_id, PATH)?;
        }
        text("worker_tag", worker_tag, WORD)
    }
}

impl Bounded for JobBlocklist {
    fn bound(&mut self) -> Result<(), TooLongError> {
        for entry in &self.0 {
            let JobBlocklistEntry {
                worker_id: _,
                task_type,
                worker_name,
            } = entry;
            text("task_type", task_type, WORD)?;
            text("worker_name", worker_name, NAME)?;
        }
        Ok(())
    }
}

/// What a Worker reports is shortened where that is possible: a report that is refused is lost, and its task never
/// ends.
impl Bounded for TaskUpdate {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            task_status: _,
            activity,
            // It is bounded by the body, and in all by task_log_limit.
            log: _,
            steps_completed: _,
            outputs,
            findings,
        } = self;
        if let Some(activity) = activity {
            shorten(activity, ACTIVITY);
        }
        for finding in findings.iter_mut().flatten() {
            let TaskFinding {
                class: _,
                frame: _,
                line,
            } = finding;
            shorten(line, ACTIVITY);
        }
        for output in outputs.iter().flatten() {
            let TaskOutput {
                frame: _,
                view,
                path,
                size: _,
                state: _,
            } = output;
            text("outputs.view", view, NAME)?;
            text("outputs.path", path, PATH)?;
        }
        Ok(())
    }
}

impl Bounded for WorkerRegistration {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            secret,
            platform,
            supported_task_types,
            name,
        } = self;
        text("name", name, NAME)?;
        text("secret", secret, SECRET)?;
        text("platform", platform, WORD)?;
        task_types(supported_task_types)
    }
}

impl Bounded for WorkerSignOn {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            name,
            supported_task_types,
            software_version,
            can_restart: _,
            ephemeral: _,
            run: _,
            previous_run: _,
        } = self;
        text("name", name, NAME)?;
        text("software_version", software_version, WORD)?;
        task_types(supported_task_types)
    }
}

fn task_types(types: &[String]) -> Result<(), TooLongError> {
    let field = "supported_task_types";
    list(field, types, TASK_TYPES)?;
    types
        .iter()
        .try_for_each(|task_type| text(field, task_type, WORD))
}

/// The farm shortens it where it stores it.
impl Bounded for WorkerCondition {
    fn bound(&mut self) -> Result<(), TooLongError> {
        Ok(())
    }
}

impl Bounded for WorkerTagChangeRequest {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self { tag_ids } = self;
        list("tag_ids", tag_ids, TAGS)
    }
}

impl Bounded for ShamanRequirementsRequest {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self { files } = self;
        shaman_files(files)
    }
}

impl Bounded for ShamanCheckout {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            files,
            checkout_path,
        } = self;
        text("checkoutPath", checkout_path, PATH)?;
        shaman_files(files)
    }
}

fn shaman_files(files: &[ShamanFileSpec]) -> Result<(), TooLongError> {
    list("files", files, FILES)?;
    files.iter().try_for_each(|file| {
        let ShamanFileSpec { sha, size: _, path } = file;
        text("files.sha", sha, WORD)?;
        text("files.path", path, PATH)
    })
}

impl Bounded for SetupAssistantConfig {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            storage_location,
            blender_executable,
        } = self;
        let BlenderPathCheckResult {
            input,
            path,
            source: _,
            is_usable: _,
            cause,
        } = blender_executable;
        text("storageLocation", storage_location, PATH)?;
        text("blenderExecutable.input", input, PATH)?;
        text("blenderExecutable.path", path, PATH)?;
        text("blenderExecutable.cause", cause, TEXT)
    }
}

/// Keys of the configuration: the body as a whole is bounded, and each key has its own rules.
impl Bounded for Map<String, Value> {
    fn bound(&mut self) -> Result<(), TooLongError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    /// Which member of this body is too long, if one is.
    fn too_long<T: Bounded + DeserializeOwned + Debug>(body: Value) -> Option<&'static str> {
        let mut body: T = serde_json::from_value(body).unwrap();
        match body.bound() {
            Ok(()) => None,
            Err(TooLongError::Text { field, .. } | TooLongError::List { field, .. }) => Some(field),
        }
    }

    fn long(limit: crate::field_limits::limit::Limit) -> String {
        "x".repeat(limit.most + 1)
    }

    /// A job with another value for this member.
    fn job(member: &str, value: Value) -> Value {
        let mut job = json!({
            "name": "x", "type": "x", "priority": 1, "submitter_platform": "linux",
            "settings": {"frames": "1,".repeat(100_000)}, "metadata": {"user.name": "x"},
        });
        job[member] = value;
        job
    }

    #[test]
    fn each_member_of_a_job_is_bounded_and_usual_ones_are_taken() {
        assert_eq!(too_long::<SubmittedJob>(job("type_etag", json!("x"))), None);
        for (member, value, field) in [
            ("name", json!(long(NAME)), "name"),
            ("type", json!(long(WORD)), "type"),
            (
                "submitter_platform",
                json!(long(WORD)),
                "submitter_platform",
            ),
            ("settings", json!({"x": "x".repeat(16 << 20)}), "settings"),
            ("settings", json!({"x".repeat(16 << 20): 1}), "settings"),
            ("metadata", json!({"x": "x".repeat(64 << 10)}), "metadata"),
            ("metadata", json!({"x".repeat(65 << 10): "x"}), "metadata"),
            ("worker_tag", json!(long(WORD)), "worker_tag"),
            (
                "storage",
                json!({"shaman_checkout_id": long(PATH)}),
                "storage.shaman_checkout_id",
            ),
        ] {
            let found = too_long::<SubmittedJob>(job(member, value));
            assert_eq!(found, Some(field), "{member}");
        }
    }

    #[test]
    fn what_workers_say_of_themselves_is_bounded() {
        let worker = |name: &str, types: Vec<String>| {
            let sign_on =
                json!({"name": name, "software_version": "1", "supported_task_types": types});
            too_long::<WorkerSignOn>(sign_on)
        };
        assert_eq!(worker("x", vec!["blender".to_owned()]), None);
        assert_eq!(worker(&long(NAME), Vec::new()), Some("name"));
        let types = "supported_task_types";
        assert_eq!(worker("x", vec![long(WORD)]), Some(types));
        assert_eq!(worker("x", vec![String::new(); 101]), Some(types));
    }

    #[test]
    fn a_report_is_shortened_and_taken() {
        let activity = "ü".repeat(ACTIVITY.most);
        let mut update: TaskUpdate = serde_json::from_value(json!({"activity": activity})).unwrap();
        assert_eq!(update.bound(), Ok(()));
        assert_eq!(update.activity.unwrap().len(), ACTIVITY.most);
    }

    #[test]
    fn tags_are_bounded() {
        let tag = |name: String, description: String| {
            too_long::<WorkerTag>(json!({"name": name, "description": description}))
        };
        assert_eq!(tag("x".to_owned(), String::new()), None);
        assert_eq!(tag(long(NAME), String::new()), Some("name"));
        assert_eq!(tag("x".to_owned(), long(TEXT)), Some("description"));
    }
}
