//! How a .blend file gets to the Workers: used where it is, or uploaded; after a look at what else its scene needs.

use std::path::{Path, PathBuf};

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::frame_ranges::FrameRanges;
use tempfile::TempDir;

use super::submit::platform;
use crate::args::Submit;
use crate::blender::{self, Question};
use crate::error::{CliError, Outcome};
use crate::files::{SharedFolders, Way, upload};
use crate::look::unknown_scene;
use crate::output::{note, whisper};
use crate::scene::{Answer, Scene};

/// What frames of uploaded files go below: a path that depends on no host.
pub(super) const UPLOADED_ROOT: &str = "{jobs}/renders";

/// A file that was looked into, and that Workers cannot find yet.
#[derive(Debug)]
pub(super) struct Looked {
    /// Its scene, as far as Blender could be asked.
    pub(super) scene: Option<Scene>,
    /// Where its frames go, unless somebody says otherwise.
    pub(super) output_root: String,
    /// How it gets to the Workers.
    pub(super) way: Way,
    /// The folders of this host that Workers see.
    pub(super) shared: SharedFolders,
    packed: Option<PathBuf>,
    /// Goes with what is in it.
    _folder: TempDir,
}

/// What Blender is asked, as far as the settings say it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The scene that is to be rendered, if one was chosen.
    pub(super) scene: Option<&'a str>,
    /// The frames that are to be rendered, if some were chosen.
    pub(super) frames: Option<&'a FrameRanges>,
    /// Whether settings come from the answer.
    pub(super) needs_scene: bool,
}

/// Asks Blender about the scene.
pub(super) async fn look(
    manager: &ManagerHttp,
    what: &Submit,
    file: &Path,
    asked: Asked<'_>,
) -> Outcome<Looked> {
    let shared = SharedFolders::of(manager, platform()).await?;
    let way = way(what, file, &shared);
    if way == Way::InPlace && file.to_str().is_none() {
        return Err(CliError::Usage(format!(
            "Workers cannot be told the path {}: it is not UTF-8; rename it, or upload the file: --upload",
            file.display()
        )));
    }
    let folder = tempfile::tempdir().map_err(|error| {
        CliError::Failed(format!("cannot make a folder for temporary files: {error}"))
    })?;
    let packed = (way == Way::Packed).then(|| folder.path().join("packed.blend"));
    let question = Question {
        file,
        scene: asked.scene,
        frames: asked.frames,
        pack_to: packed.as_deref(),
    };
    let scene = look_into(&what.blender, question, asked.needs_scene)?;
    let output_root = if way == Way::InPlace {
        let renders = Path::new(&shared.storage).join("renders");
        renders.to_string_lossy().into_owned()
    } else {
        UPLOADED_ROOT.to_owned()
    };
    Ok(Looked {
        scene,
        output_root,
        way,
        shared,
        packed,
        _folder: folder,
    })
}

impl Looked {
    /// Uploads the file, if Workers do not see it. The path by which they find it.
    pub(super) async fn bring(&self, manager: &ManagerHttp, file: &Path) -> Outcome<PathBuf> {
        if self.way == Way::InPlace {
            return Ok(file.to_owned());
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let sent = self.packed.as_deref().unwrap_or(file);
        let uploaded = upload(manager, sent, &name).await?;
        whisper(&format!("uploaded to {}", uploaded.path));
        Ok(uploaded.path.into())
    }
}

fn way(what: &Submit, file: &Path, shared: &SharedFolders) -> Way {
    if what.pack {
        Way::Packed
    } else if what.in_place || (!what.upload && shared.hold(file)) {
        Way::InPlace
    } else {
        Way::Uploaded
    }
}

/// Without Blender the scene cannot be checked; that alone is no reason not to render.
fn look_into(blender: &Path, question: Question<'_>, needs_scene: bool) -> Outcome<Option<Scene>> {
    whisper(&format!("asking Blender about {}", question.file.display()));
    match blender::ask(blender, question) {
        Ok(Answer::Scene(scene)) => Ok(Some(*scene)),
        Ok(Answer::Unknown {
            unknown_scene: name,
            scenes,
        }) => Err(unknown_scene(&name, &scenes)),
        Err(error) if needs_scene || question.pack_to.is_some() => Err(error),
        Err(error) => {
            note(&format!(
                "warning: the scene was not checked, so it is not known whether Workers have all that it needs: {error}"
            ));
            Ok(None)
        }
    }
}
