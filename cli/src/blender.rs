//! Asking Blender about a scene. The one file that starts a process.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{CliError, Outcome};
use crate::scene::Scene;

/// What Blender prints before the facts.
const MARK: &str = "farandole-scene:";

/// What the add-on would find out from inside Blender.
const QUESTION: &str = r#"
import bpy, json
scene = bpy.context.scene
render = scene.render
print("farandole-scene:" + json.dumps({
    "name": scene.name,
    "frame_start": scene.frame_start,
    "frame_end": scene.frame_end,
    "fps": render.fps / render.fps_base,
    "format": render.image_settings.file_format,
    "extension": render.file_extension,
    "has_previews": bool(getattr(render.image_settings, "use_preview", False)),
}), flush=True)
"#;

/// The facts of the scene in a .blend file.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the client starts a process"
)]
pub(crate) fn ask(blender: &Path, file: &Path) -> Outcome<Scene> {
    let output = Command::new(blender)
        .arg("--background")
        .arg(file)
        .args(["--python-exit-code", "3", "--python-expr", QUESTION])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            let blender = blender.display();
            CliError::Local(format!(
                "cannot run {blender} to look into the scene: {error}\nsay where Blender is with --blender PATH"
            ))
        })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let facts = text.lines().find_map(|line| line.strip_prefix(MARK));
    let scene = facts.and_then(|facts| serde_json::from_str(facts).ok());
    scene.ok_or_else(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = text
            .lines()
            .chain(errors.lines())
            .rev()
            .take(5)
            .collect::<Vec<_>>();
        let said = said.into_iter().rev().collect::<Vec<_>>().join("\n  ");
        CliError::Local(format!(
            "Blender cannot read {}; it said:\n  {said}",
            file.display()
        ))
    })
}
