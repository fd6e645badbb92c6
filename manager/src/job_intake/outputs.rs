//! Where the frames of a compiled job go, and what is said of a job whose Workers do not share that folder. Pure.

use farandole_frames::renders;
use farandole_protocol::api::{FindingClass, TaskFinding};
use serde_json::Value;

use crate::compiler::CompiledJob;

/// The command that renders.
const RENDER: &str = "blender-render";

/// The output paths of all render commands, with variables, each once for all tasks in a row that have it.
pub(super) fn folders(job: &CompiledJob) -> Vec<String> {
    let commands = job.tasks.iter().flat_map(|task| &task.commands);
    let commands = commands.filter(|command| command.name == RENDER);
    let args = commands.filter_map(|command| command.parameters.get("args")?.as_array());
    let mut found: Vec<String> = args
        .flat_map(|args| renders(args.iter().filter_map(Value::as_str)))
        .filter_map(|render| render.output)
        .collect();
    found.dedup();
    found
}

/// The finding about a job that writes to this path.
pub(super) fn private(path: &str) -> TaskFinding {
    TaskFinding {
        class: FindingClass::PrivateOutput,
        frame: None,
        line: format!(
            "frames go to {path}, which is neither in the shared storage nor below a two-way variable: each worker may \
             write them to a disk of its own"
        ),
    }
}
