//! Where the File Output nodes of the compositor write. Pure, but for a look at links.

use std::path::Path;

use farandole_protocol::api::FindingClass;
use serde_json::Value;

use super::finding::Finding;
use super::{GATHER, Looked};
use crate::files::{SharedFolders, Way};
use crate::scene::NodeOutput;

/// Where the compositor's files go, and whether they are found there.
pub(super) fn findings(looked: &Looked<'_>) -> Vec<Finding> {
    looked
        .scene
        .node_outputs
        .iter()
        .map(|output| finding(output, looked))
        .collect()
}

fn finding(output: &NodeOutput, looked: &Looked<'_>) -> Finding {
    let path = output.absolute.display();
    let is_moved = output.is_relative() && looked.way != Way::InPlace;
    if is_moved && looked.settings.get(GATHER) == Some(&Value::Bool(true)) {
        return Finding::Note(format!(
            "what the compositor writes to {} goes to the job's output folder instead; fetch brings it",
            output.path
        ));
    }
    if is_moved {
        return elsewhere(format!(
            "the compositor writes to {}, which is beside the uploaded file, where fetch does not look",
            output.path
        ));
    }
    if holds(looked.shared, &output.absolute) {
        return Finding::Note(format!(
            "the compositor writes to {path}, too; fetch brings what this job writes there"
        ));
    }
    let text = format!(
        "the compositor writes to {path}, which is not in the shared storage: each Worker writes there on its own disk, and \
         fetch does not find it"
    );
    elsewhere(text)
}

fn elsewhere(what: String) -> Finding {
    Finding::Unless(
        FindingClass::OutputsElsewhere,
        what + "\ngive the File Output node a folder in the shared storage, or one beside the .blend file (//); or submit all \
                the same: --allow outputs-elsewhere",
    )
}

/// Whether Workers see a folder, which may not exist yet, by this very path.
fn holds(shared: &SharedFolders, folder: &Path) -> bool {
    shared.known_for_output(folder).as_deref() == Some(folder)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::scene::Scene;

    #[track_caller]
    fn check(path: &str, way: Way, gather: bool, part: Result<&str, &str>) {
        let scene = Scene {
            node_outputs: vec![NodeOutput {
                path: path.to_owned(),
                absolute: "/no/such/folder".into(),
            }],
            ..Scene::default()
        };
        let settings: Map<String, Value> =
            [(GATHER.to_owned(), json!(gather))].into_iter().collect();
        let looked = Looked {
            scene: &scene,
            settings: &settings,
            way,
            shared: &SharedFolders::default(),
        };
        match (findings(&looked).as_slice(), part) {
            ([Finding::Note(text)], Ok(part))
            | ([Finding::Unless(FindingClass::OutputsElsewhere, text)], Err(part)) => {
                assert!(text.contains(part), "{text}");
            }
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_beside_an_upload_go_to_the_output_folder_where_the_job_type_can() {
        check(
            "//passes/",
            Way::Uploaded,
            true,
            Ok("output folder instead"),
        );
        check("//passes/", Way::Packed, true, Ok("output folder instead"));
        check(
            "//passes/",
            Way::Uploaded,
            false,
            Err("beside the uploaded file"),
        );
    }

    #[test]
    fn files_on_a_private_disk_are_refused_unless_allowed() {
        check("/home/me/", Way::Uploaded, true, Err("on its own disk"));
        check(
            "//passes/",
            Way::InPlace,
            true,
            Err("--allow outputs-elsewhere"),
        );
    }
}
