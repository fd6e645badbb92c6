//! What a Worker is to find on its host, and what it has found there. None of this is in the Flamenco contract.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The name of the file in the root of the shared storage that tells it from any other folder. Its content is the
/// storage's id.
pub const STORAGE_MARKER: &str = ".farandole-storage";

/// What a Worker is to find on its host.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerExpectations {
    /// The shared storage; absent while the farm has none, or the Manager cannot write to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<ExpectedStorage>,
    /// The programs that tasks run.
    pub programs: Vec<ExpectedProgram>,
}

/// The shared storage, as a Worker's platform sees it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ExpectedStorage {
    /// The path of its root.
    pub path: String,
    /// The content of its marker file, without spaces around it.
    pub id: String,
}

/// A program that tasks run.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ExpectedProgram {
    /// The name of the variable that stands for it, such as `blender`.
    pub name: String,
    /// The value of the variable on the Worker's platform: a path, or a name that is looked for on the host.
    pub command: String,
}

/// What a Worker has found on its host when it last looked.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerCondition {
    /// The shared storage; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageCondition>,
    /// The programs that tasks run.
    #[serde(default)]
    pub programs: Vec<ProgramCondition>,
}

/// The shared storage as a Worker has found it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct StorageCondition {
    /// Where it was looked for.
    pub path: String,
    /// What is wrong, as a sentence; absent if nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A program as a Worker has found it: it has either a version or a problem.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ProgramCondition {
    /// The name of the variable that stands for it, such as `blender`.
    pub name: String,
    /// What was run.
    pub command: String,
    /// The version that it gives, such as `4.3.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it cannot be run, as a clause such as "it was not found"; absent if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl WorkerCondition {
    /// What is wrong, in sentences; empty if nothing is.
    pub fn problems(&self) -> Vec<String> {
        let storage = self.storage.iter().filter_map(|it| it.problem.clone());
        let programs = self.programs.iter().filter_map(|program| {
            let problem = program.problem.as_ref()?;
            let ProgramCondition { name, command, .. } = program;
            Some(format!("it cannot run {name} ({command}): {problem}"))
        });
        storage.chain(programs).collect()
    }

    /// The versions of the programs that it can run, such as `blender 4.3.2`.
    pub fn versions(&self) -> Vec<String> {
        let found = self.programs.iter().filter_map(|program| {
            let version = program.version.as_ref()?;
            Some(format!("{} {version}", program.name))
        });
        found.collect()
    }

    /// The same with texts of at most this many characters, and at most as many programs as tasks have variables for:
    /// a Worker is not trusted to be brief.
    #[must_use]
    pub fn shortened(mut self, longest: usize, most_programs: usize) -> Self {
        let cut = |text: &mut String| {
            if let Some((end, _)) = text.char_indices().nth(longest) {
                text.truncate(end);
            }
        };
        if let Some(storage) = &mut self.storage {
            cut(&mut storage.path);
            storage.problem.iter_mut().for_each(cut);
        }
        self.programs.truncate(most_programs);
        for program in &mut self.programs {
            cut(&mut program.name);
            cut(&mut program.command);
            program.version.iter_mut().for_each(cut);
            program.problem.iter_mut().for_each(cut);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition() -> WorkerCondition {
        let program = |name: &str, version: Option<&str>, problem: Option<&str>| ProgramCondition {
            name: name.to_owned(),
            command: format!("/bin/{name}"),
            version: version.map(str::to_owned),
            problem: problem.map(str::to_owned),
        };
        WorkerCondition {
            storage: Some(StorageCondition {
                path: "/farm".to_owned(),
                problem: Some("/farm is not there".to_owned()),
            }),
            programs: vec![
                program("blender", Some("4.3.2"), None),
                program("ffmpeg", None, Some("it was not found")),
            ],
        }
    }

    #[test]
    fn problems_and_versions_are_told_apart() {
        let condition = condition();
        let expected = [
            "/farm is not there",
            "it cannot run ffmpeg (/bin/ffmpeg): it was not found",
        ];
        assert_eq!(condition.problems(), expected);
        assert_eq!(condition.versions(), ["blender 4.3.2"]);
    }

    #[test]
    fn long_texts_are_cut() {
        let cut = condition().shortened(5, 1);
        assert_eq!(cut.programs.len(), 1);
        assert_eq!(cut.programs[0].command, "/bin/");
        assert_eq!(cut.storage.unwrap().problem.unwrap(), "/farm");
    }
}
