//! Whether the folder that frames go to is one that Workers share. In any other, each Worker would write to a disk of its
//! own, and the frames would be spread over hosts.

use std::path::Path;

use farandole_protocol::api::FindingClass;
use serde_json::{Map, Value};

use crate::error::{CliError, Outcome};
use crate::files::SharedFolders;
use crate::table::one_line;

/// The settings that say where frames go.
const OUTPUTS: [&str; 2] = ["render_output_root", "render_output_path"];

/// Looks at the output folders of a job.
#[derive(Debug)]
pub(super) struct Outputs<'a> {
    shared: &'a SharedFolders,
    may_be_private: bool,
}

impl<'a> Outputs<'a> {
    /// For a job that allows these findings.
    pub(super) fn new(shared: &'a SharedFolders, allow: &[FindingClass]) -> Self {
        Self {
            shared,
            may_be_private: allow.contains(&FindingClass::PrivateOutput),
        }
    }

    /// Writes the output folders as Workers know them. An error if Workers do not share one, unless that is allowed.
    pub(super) fn share(&self, settings: &mut Map<String, Value>) -> Outcome<()> {
        for key in OUTPUTS {
            let Some(path) = settings.get(key).and_then(Value::as_str) else {
                continue;
            };
            match self.known(path) {
                Known::AsItIs => {}
                Known::By(known) => {
                    settings.insert(key.to_owned(), Value::from(known));
                }
                Known::Not if self.may_be_private => {}
                Known::Not => return Err(self.refusal(path)),
            }
        }
        Ok(())
    }

    fn known(&self, path: &str) -> Known {
        let resolved = self.shared.resolved(path);
        let folder = Path::new(&resolved);
        if !folder.is_absolute() {
            // It begins beside the .blend file, or with a variable of another platform only.
            return Known::AsItIs;
        }
        match self.shared.known_for_output(folder) {
            None => Known::Not,
            Some(_) if resolved != path => Known::AsItIs,
            Some(known) if known == folder => Known::AsItIs,
            Some(known) => Known::By(known.to_string_lossy().into_owned()),
        }
    }

    fn refusal(&self, path: &str) -> CliError {
        CliError::Failed(format!(
            "frames would go to {}, which Workers do not share: each would write them to a disk of its own\n\
             choose a folder in the shared storage, which is {} (--storage {{jobs}}/NAME), or one below a two-way \
             variable of the farm; or have them there all the same: --allow {}",
            one_line(path),
            self.shared.storage,
            FindingClass::PrivateOutput
        ))
    }
}

/// How Workers know a path.
enum Known {
    /// As it is written.
    AsItIs,
    /// By another path.
    By(String),
    /// Not at all.
    Not,
}
