//! A workshop for a test, with scripts of its own.

use std::fs;
use std::time::Duration;

use farandole_protocol::api::AvailableJobType;
use farandole_protocol::ids::JobId;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::compiler::messages::{CompileError, CompileJob, CompiledJob};
use crate::compiler::scripts::Library;
use crate::compiler::session::Limits;
use crate::compiler::workshop::{Workshop, usable};

const LIMITS: Limits = Limits {
    time: Duration::from_mins(1),
    memory: 256 << 20,
    tasks: 1_000,
    output: 64 << 20,
};

/// A workshop with scripts of its own, which live as long as it does.
pub(super) struct Shop {
    folder: TempDir,
    pub(super) workshop: Workshop,
}

pub(super) fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    Shop {
        workshop: Workshop {
            library: Library::new(vec![folder.path().to_owned()]),
            limits: LIMITS,
        },
        folder,
    }
}

impl Shop {
    pub(super) fn job_types(&self) -> Vec<AvailableJobType> {
        let names = self.workshop.library.names();
        usable(names, |name| self.workshop.job_type(name))
    }

    pub(super) fn file(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(super) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.workshop.limits);
        self
    }

    pub(super) fn compile(
        &self,
        job_type: &str,
        settings: Value,
    ) -> Result<CompiledJob, CompileError> {
        self.workshop.compile(order(job_type, settings))
    }
}

pub(super) fn order(job_type: &str, settings: Value) -> CompileJob {
    let mut submitted = json!({"name": "a job", "type": job_type, "submitter_platform": "linux"});
    submitted["settings"] = settings;
    CompileJob {
        submitted: serde_json::from_value(submitted).unwrap(),
        id: JobId::random(),
        created: "2026-03-04T05:06:07.123456Z".parse().unwrap(),
    }
}

/// Compiles a job whose type is only this `compileJob` body.
pub(super) fn body(body: &str) -> Result<CompiledJob, CompileError> {
    let script = format!("const JOB_TYPE = {{}};\nfunction compileJob(job) {{\n{body}\n}}\n");
    shop().file("t.js", &script).compile("t", json!({}))
}

/// What the expression gives in a script, as JSON.
#[track_caller]
pub(super) fn evaluated(expression: &str) -> Value {
    let job = body(&format!("job.settings.it = ({expression});")).unwrap();
    job.settings.0.get("it").cloned().unwrap()
}

/// The text with which `compileJob` with this body is refused.
#[track_caller]
pub(super) fn refusal(script: &str) -> String {
    match body(script) {
        Err(CompileError::Refused { problem }) => problem,
        other => panic!("not refused: {other:?}"),
    }
}
