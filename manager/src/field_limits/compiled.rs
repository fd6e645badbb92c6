//! Pure: the bounds of what the script of a job type made.

use super::json_length::json_length;
use super::limit::{
    Bounded, COMMANDS, NAME, PATH, TooLongError, WORD, bytes, metadata, settings, text,
};
use crate::compiler::{CompiledJob, CompiledTask};

impl Bounded for CompiledJob {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            name,
            job_type,
            priority: _,
            settings: made,
            metadata: told,
            shaman_checkout_id,
            worker_tag,
            // They are logged and not stored.
            remarks: _,
            tasks,
        } = self;
        text("name", name, NAME)?;
        text("type", job_type, WORD)?;
        settings(made)?;
        metadata(told)?;
        text("storage.shaman_checkout_id", shaman_checkout_id, PATH)?;
        text("worker_tag", worker_tag, WORD)?;
        tasks.iter_mut().try_for_each(Bounded::bound)
    }
}

impl Bounded for CompiledTask {
    fn bound(&mut self) -> Result<(), TooLongError> {
        let Self {
            name,
            task_type,
            priority: _,
            commands,
            dependencies: _,
            optional: _,
            steps_total: _,
        } = self;
        text("the name of a task", name, NAME)?;
        text("the type of a task", task_type, WORD)?;
        bytes("the commands of a task", json_length(commands), COMMANDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_of_scripts_are_bounded() {
        let task = |name: &str, task_type: &str| CompiledTask {
            name: name.to_owned(),
            task_type: task_type.to_owned(),
            priority: 50,
            commands: Vec::new(),
            dependencies: Vec::new(),
            optional: false,
            steps_total: 1,
        };
        assert_eq!(task("render", "blender").bound(), Ok(()));
        assert!(task(&"x".repeat(NAME.most + 1), "blender").bound().is_err());
        assert!(task("render", &"x".repeat(WORD.most + 1)).bound().is_err());
    }
}
