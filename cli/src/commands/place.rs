//! How a .blend file gets to the Workers: used where it is, or uploaded; after a look at what else its scene needs.

use std::path::{Path, PathBuf};

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::frame_ranges::FrameRanges;
use tempfile::TempDir;

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
    /// Where its frames go, unless the command line says otherwise.
    pub(super) output_root: String,
    /// The file by the path that Workers know, where they see it.
    pub(super) file: PathBuf,
    /// How it gets to the Workers.
    pub(super) way: Way,
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
pub(super) fn look(
    what: &Submit,
    shared: &SharedFolders,
    as_typed: &Path,
    asked: Asked<'_>,
) -> Outcome<Looked> {
    let known = shared.known(as_typed);
    let way = way(what, known.is_some());
    // Relative paths in the file begin where Workers find it, which a link may hide.
    let file = known.filter(|_| way == Way::InPlace);
    let file = file.unwrap_or_else(|| as_typed.to_owned());
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
        file: &file,
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
        file,
        way,
        packed,
        _folder: folder,
    })
}

impl Looked {
    /// Uploads the file, if Workers do not see it. The path by which they find it.
    pub(super) async fn bring(&self, manager: &ManagerHttp) -> Outcome<PathBuf> {
        if self.way == Way::InPlace {
            return Ok(self.file.clone());
        }
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let sent = self.packed.as_deref().unwrap_or(&self.file);
        let uploaded = upload(manager, sent, &name).await?;
        whisper(&format!("uploaded to {}", uploaded.path));
        Ok(uploaded.path.into())
    }
}

fn way(what: &Submit, is_shared: bool) -> Way {
    if what.pack {
        Way::Packed
    } else if what.in_place || (!what.upload && is_shared) {
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
