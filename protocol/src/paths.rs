//! Every path that a Manager answers at: templates for the server, functions that fill them in for clients.
//!
//! The templates are the contract's own, with the names of its parameters. A client puts what a function returns
//! behind the Manager's base URL.

use std::fmt::{Display, Write};

use crate::ids::{JobId, TaskId, WorkerId};

/// A template and the function that fills it in, from one literal.
macro_rules! path {
    ($(#[$doc:meta])* $template:ident, $fill:ident($($param:ident: $type:ty),+) = $text:literal) => {
        $(#[$doc])*
        pub const $template: &str = $text;

        #[doc = concat!("Fills in [`", stringify!($template), "`].")]
        pub fn $fill($($param: $type),+) -> String {
            $(let $param = segment(&$param);)+
            format!($text)
        }
    };
}

/// One segment of a path: whatever is not safe in one is percent-encoded, a slash too.
fn segment(value: &impl Display) -> String {
    let mut encoded = String::new();
    for byte in value.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            write!(encoded, "%{byte:02X}").unwrap_or_default();
        }
    }
    encoded
}

/// The root of the contract's interface.
pub const API_V3: &str = "/api/v3";

// The Manager about itself.

/// What the Manager is.
pub const VERSION: &str = "/api/v3/version";
/// What the farm is doing.
pub const STATUS: &str = "/api/v3/status";
/// What a submitter has to know of the configuration.
pub const CONFIGURATION: &str = "/api/v3/configuration";
/// The configuration in full.
pub const CONFIGURATION_FILE: &str = "/api/v3/configuration/file";
/// The setup assistant's result.
pub const SETUP_ASSISTANT: &str = "/api/v3/configuration/setup-assistant";
/// Whether a folder can be the shared storage.
pub const CHECK_SHARED_STORAGE: &str = "/api/v3/configuration/check/shared-storage";
/// Whether a path is a Blender, and which there are.
pub const CHECK_BLENDER: &str = "/api/v3/configuration/check/blender";

path!(
    /// Variables for an audience and a platform.
    VARIABLES, variables(audience: &str, platform: &str)
        = "/api/v3/configuration/variables/{audience}/{platform}"
);
path!(
    /// The shared storage for an audience and a platform.
    SHARED_STORAGE, shared_storage(audience: &str, platform: &str)
        = "/api/v3/configuration/shared-storage/{audience}/{platform}"
);

// Workers.

/// A Worker makes itself known.
pub const REGISTER_WORKER: &str = "/api/v3/worker/register-worker";
/// A Worker begins.
pub const SIGN_ON: &str = "/api/v3/worker/sign-on";
/// A Worker ends.
pub const SIGN_OFF: &str = "/api/v3/worker/sign-off";
/// The state a Worker shall go to.
pub const WORKER_STATE: &str = "/api/v3/worker/state";
/// The state a Worker went to.
pub const WORKER_STATE_CHANGED: &str = "/api/v3/worker/state-changed";
/// A Worker asks for a task.
pub const WORKER_TASK: &str = "/api/v3/worker/task";

path!(
    /// News of a running task.
    TASK_UPDATE, task_update(task_id: TaskId) = "/api/v3/worker/task/{task_id}"
);
path!(
    /// Whether a Worker shall go on.
    MAY_I_RUN, may_i_run(task_id: TaskId) = "/api/v3/worker/task/{task_id}/may-i-run"
);
path!(
    /// A picture of what a task made.
    OUTPUT_PRODUCED, output_produced(task_id: TaskId) = "/api/v3/worker/task/{task_id}/output-produced"
);

// Workers, as people see them.

/// All Workers.
pub const WORKERS: &str = "/api/v3/worker-mgt/workers";
/// All tags.
pub const TAGS: &str = "/api/v3/worker-mgt/tags";

path!(
    /// One Worker.
    WORKER, worker(worker_id: WorkerId) = "/api/v3/worker-mgt/workers/{worker_id}"
);
path!(
    /// The state a person wants a Worker in.
    WORKER_SET_STATUS, worker_set_status(worker_id: WorkerId) = "/api/v3/worker-mgt/workers/{worker_id}/setstatus"
);
path!(
    /// The tags a person wants a Worker to have.
    WORKER_SET_TAGS, worker_set_tags(worker_id: WorkerId) = "/api/v3/worker-mgt/workers/{worker_id}/settags"
);
path!(
    /// When a Worker sleeps.
    WORKER_SLEEP_SCHEDULE, worker_sleep_schedule(worker_id: WorkerId)
        = "/api/v3/worker-mgt/workers/{worker_id}/sleep-schedule"
);
path!(
    /// One tag.
    TAG, tag(tag_id: &str) = "/api/v3/worker-mgt/tag/{tag_id}"
);

// Jobs and tasks.

/// All job types.
pub const JOB_TYPES: &str = "/api/v3/jobs/types";
/// One job type.
pub const JOB_TYPE: &str = "/api/v3/jobs/type/{typeName}";
/// All jobs, and where new ones are sent.
pub const JOBS: &str = "/api/v3/jobs";
/// Where a job can be tried without being submitted.
pub const JOBS_CHECK: &str = "/api/v3/jobs/check";
/// Where many jobs are deleted at once.
pub const JOBS_MASS_DELETE: &str = "/api/v3/jobs/mass-delete";
/// The pictures of whatever was rendered last.
pub const LAST_RENDERED: &str = "/api/v3/jobs/last-rendered";

/// Fills in [`JOB_TYPE`].
pub fn job_type(name: &str) -> String {
    format!("/api/v3/jobs/type/{}", segment(&name))
}

path!(
    /// One job.
    JOB, job(job_id: JobId) = "/api/v3/jobs/{job_id}"
);
path!(
    /// What deleting a job would take with it.
    JOB_WHAT_WOULD_DELETE_DO, job_what_would_delete_do(job_id: JobId) = "/api/v3/jobs/{job_id}/what-would-delete-do"
);
path!(
    /// The pictures of a job.
    JOB_LAST_RENDERED, job_last_rendered(job_id: JobId) = "/api/v3/jobs/{job_id}/last-rendered"
);
path!(
    /// The state a person wants a job in.
    JOB_SET_STATUS, job_set_status(job_id: JobId) = "/api/v3/jobs/{job_id}/setstatus"
);
path!(
    /// The priority a person wants a job to have.
    JOB_SET_PRIORITY, job_set_priority(job_id: JobId) = "/api/v3/jobs/{job_id}/setpriority"
);
path!(
    /// The tag a person wants a job to have.
    JOB_SET_TAG, job_set_tag(job_id: JobId) = "/api/v3/jobs/{job_id}/settag"
);
path!(
    /// The tasks of a job.
    JOB_TASKS, job_tasks(job_id: JobId) = "/api/v3/jobs/{job_id}/tasks"
);
path!(
    /// The Workers that may not run some of a job's tasks.
    JOB_BLOCKLIST, job_blocklist(job_id: JobId) = "/api/v3/jobs/{job_id}/blocklist"
);
path!(
    /// One task.
    TASK, task(task_id: TaskId) = "/api/v3/tasks/{task_id}"
);
path!(
    /// The end of a task's log.
    TASK_LOG_TAIL, task_log_tail(task_id: TaskId) = "/api/v3/tasks/{task_id}/logtail"
);
path!(
    /// Where a task's log can be read.
    TASK_LOG, task_log(task_id: TaskId) = "/api/v3/tasks/{task_id}/log"
);
path!(
    /// The state a person wants a task in.
    TASK_SET_STATUS, task_set_status(task_id: TaskId) = "/api/v3/tasks/{task_id}/setstatus"
);

// Shaman.

/// Which files a checkout still needs.
pub const SHAMAN_REQUIREMENTS: &str = "/api/v3/shaman/checkout/requirements";
/// Makes a checkout.
pub const SHAMAN_CHECKOUT: &str = "/api/v3/shaman/checkout/create";

path!(
    /// One file of the store.
    SHAMAN_FILE, shaman_file(checksum: &str, filesize: i64) = "/api/v3/shaman/files/{checksum}/{filesize}"
);

// Outside of the contract.

/// The contract as this Manager serves it.
pub const OPENAPI: &str = "/api/v3/openapi3.json";
/// A page that shows the contract.
pub const SWAGGER_UI: &str = "/api/v3/swagger-ui/";
/// The root of what ours adds.
pub const API_FARM_V1: &str = "/api/farm/v1";
/// Our own event stream. Query: `topic=`, repeated; header `Last-Event-ID` to resume.
pub const FARM_EVENTS: &str = "/api/farm/v1/events";

/// Which Manager this is, and that it knows a Worker's secret. Needs no credentials.
pub const FARM_MANAGER_IDENTITY: &str = "/api/farm/v1/worker/manager-identity";
/// What a Worker is to find on its host. Query: `platform=`, the Worker's.
pub const FARM_WORKER_EXPECTATIONS: &str = "/api/farm/v1/worker/expectations";
/// What a Worker has found on its host.
pub const FARM_WORKER_CONDITION: &str = "/api/farm/v1/worker/condition";

path!(
    /// The attempts at a task.
    FARM_TASK_ATTEMPTS, farm_task_attempts(task_id: TaskId) = "/api/farm/v1/tasks/{task_id}/attempts"
);

path!(
    /// Why a task is not being worked on.
    FARM_TASK_WHY, farm_task_why(task_id: TaskId) = "/api/farm/v1/tasks/{task_id}/why"
);
path!(
    /// Why a job is not being worked on.
    FARM_JOB_WHY, farm_job_why(job_id: JobId) = "/api/farm/v1/jobs/{job_id}/why"
);

path!(
    /// The recorded outputs of a job.
    FARM_JOB_OUTPUTS, farm_job_outputs(job_id: JobId) = "/api/farm/v1/jobs/{job_id}/outputs"
);

path!(
    /// A check of the recorded outputs of a job.
    FARM_JOB_VERIFY, farm_job_verify(job_id: JobId) = "/api/farm/v1/jobs/{job_id}/verify"
);

path!(
    /// An upload: by its file's name to begin one, by its id from then on.
    FARM_UPLOAD, farm_upload(upload: &str) = "/api/farm/v1/uploads/{upload}"
);
path!(
    /// What lies in the output folder of a job.
    FARM_JOB_FILES, farm_job_files(job_id: JobId) = "/api/farm/v1/jobs/{job_id}/files"
);

/// A file below the output folder of a job; its path may have several segments.
pub const FARM_JOB_FILE: &str = "/api/farm/v1/jobs/{job_id}/files/{path}";

/// Fills in [`FARM_JOB_FILE`].
pub fn farm_job_file(job_id: JobId, path: &str) -> String {
    let names: Vec<String> = path.split('/').map(|name| segment(&name)).collect();
    format!("{}/{}", farm_job_files(job_id), names.join("/"))
}

/// The Blender add-on, as a zip file.
pub const ADDON: &str = "/flamenco-addon.zip";
/// Where it was once.
pub const OLD_ADDON: &str = "/flamenco3-addon.zip";
/// Whether the process lives.
pub const HEALTHZ: &str = "/healthz";
/// Whether every part of it works.
pub const READYZ: &str = "/readyz";
/// Logs and pictures of jobs; what follows is told by the operations that name them.
pub const JOB_FILES: &str = "/job-files";
/// What the Manager measures of itself, for Prometheus.
pub const METRICS: &str = "/metrics";
/// Where Socket.IO is spoken.
pub const SOCKET_IO: &str = "/socket.io/";
/// The device description that a Manager found by SSDP points to.
pub const UPNP_DESCRIPTION: &str = "/upnp/description.xml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_by_name() {
        let job: JobId = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".parse().unwrap();
        assert_eq!(
            job_tasks(job),
            "/api/v3/jobs/f81d4fae-7dec-41d0-a765-00a0c91e6bf6/tasks"
        );
        assert_eq!(
            variables("users", "linux"),
            "/api/v3/configuration/variables/users/linux"
        );
    }

    #[test]
    fn text_cannot_leave_its_segment() {
        assert_eq!(
            job_type("../a b/ü?"),
            "/api/v3/jobs/type/..%2Fa%20b%2F%C3%BC%3F"
        );
    }
}
