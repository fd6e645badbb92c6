//! How a .blend file gets to the Workers: used where it is, or uploaded; after a look at what else its scene needs.

use std::path::{Path, PathBuf};

use farandole_protocol::client::ManagerHttp;

use super::submit::platform;
use crate::args::Submit;
use crate::blender;
use crate::error::{CliError, Outcome};
use crate::files::{SharedFolders, Way, refuse_missing, upload};
use crate::output::{note, whisper};
use crate::scene::Scene;

/// What frames of uploaded files go below: a path that depends on no host.
pub(super) const UPLOADED_ROOT: &str = "{jobs}/renders";

/// A file that Workers will find.
#[derive(Debug)]
pub(super) struct Placed {
    /// By this path.
    pub(super) blendfile: PathBuf,
    /// Its scene, as far as Blender could be asked.
    pub(super) scene: Option<Scene>,
    /// Where its frames go, unless somebody says otherwise.
    pub(super) output_root: String,
}

/// Asks Blender about the scene, says what Workers would miss of it, and uploads the file if they do not see it.
pub(super) async fn place(
    manager: &ManagerHttp,
    what: &Submit,
    file: &Path,
    needs_scene: bool,
) -> Outcome<Placed> {
    let shared = SharedFolders::of(manager, platform()).await?;
    let way = way(what, file, &shared);
    let folder = tempfile::tempdir().map_err(|error| {
        CliError::Failed(format!("cannot make a folder for temporary files: {error}"))
    })?;
    let packed = (way == Way::Packed).then(|| folder.path().join("packed.blend"));
    let scene = look_into(what, file, packed.as_deref(), needs_scene)?;
    if let Some(scene) = scene.as_ref().filter(|_| !what.allow_missing) {
        refuse_missing(&scene.external, way, &shared)?;
    }
    if way == Way::InPlace {
        return Ok(Placed {
            blendfile: file.to_owned(),
            scene,
            output_root: Path::new(&shared.storage)
                .join("renders")
                .to_string_lossy()
                .into_owned(),
        });
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let uploaded = upload(manager, packed.as_deref().unwrap_or(file), &name).await?;
    whisper(&format!("uploaded to {}", uploaded.path));
    Ok(Placed {
        blendfile: uploaded.path.into(),
        scene,
        output_root: UPLOADED_ROOT.to_owned(),
    })
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

/// Without Blender the scene's files cannot be checked; that alone is no reason not to render.
fn look_into(
    what: &Submit,
    file: &Path,
    pack_to: Option<&Path>,
    needs_scene: bool,
) -> Outcome<Option<Scene>> {
    whisper(&format!("asking Blender about {}", file.display()));
    match blender::ask(&what.blender, file, pack_to) {
        Ok(scene) => Ok(Some(scene)),
        Err(error) if needs_scene || pack_to.is_some() => Err(error),
        Err(error) => {
            note(&format!(
                "warning: nobody has checked whether the scene needs other files: {error}"
            ));
            Ok(None)
        }
    }
}
