//! What has to be known of a scene to render it. Pure.

use std::path::PathBuf;

use serde::Deserialize;

/// What Blender answers.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// The file has no scene of the chosen name.
    Unknown {
        /// The chosen name.
        unknown_scene: String,
        /// The names of the scenes that the file has.
        scenes: Vec<String>,
    },
    /// The facts of the chosen scene.
    Scene(Box<Scene>),
}

/// The facts of the scene that is to be rendered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub(crate) struct Scene {
    /// The scene's name.
    pub(crate) name: String,
    /// The names of all scenes of the file.
    #[serde(default)]
    pub(crate) scenes: Vec<String>,
    /// The first frame.
    pub(crate) frame_start: i64,
    /// The last frame.
    pub(crate) frame_end: i64,
    /// Every how many frames one is rendered.
    #[serde(default = "one")]
    pub(crate) frame_step: i64,
    /// Frames per second.
    pub(crate) fps: f64,
    /// Blender's name of the file format.
    pub(crate) format: String,
    /// The extension of its files, with the dot.
    pub(crate) extension: String,
    /// Whether EXR files come with JPEG previews.
    pub(crate) has_previews: bool,
    /// The files that it needs besides its own.
    pub(crate) external: Vec<External>,
    /// All formats that this Blender writes; none where that is not known.
    #[serde(default)]
    pub(crate) formats: Vec<String>,
    /// Whether a camera, or the sequencer, makes the picture.
    #[serde(default = "yes")]
    pub(crate) has_camera: bool,
    /// Whether the frames have a transparent background.
    #[serde(default)]
    pub(crate) is_transparent: bool,
    /// The simulations that are not baked, such as `the cloth of "Flag"`.
    #[serde(default)]
    pub(crate) unbaked: Vec<String>,
    /// The simulations of which Blender does not tell whether they are baked.
    #[serde(default)]
    pub(crate) unclear_bakes: Vec<String>,
    /// Where the compositor writes files.
    #[serde(default)]
    pub(crate) node_outputs: Vec<NodeOutput>,
    /// The version of Blender that saved the file.
    #[serde(default)]
    pub(crate) saved_by: [u32; 3],
    /// The version of the Blender that was asked.
    #[serde(default)]
    pub(crate) version: [u32; 3],
}

const fn one() -> i64 {
    1
}

const fn yes() -> bool {
    true
}

/// A file, or a folder of files, that a scene needs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(crate) struct External {
    /// Its absolute path on this host.
    pub(crate) path: PathBuf,
    /// Whether it exists.
    pub(crate) exists: bool,
    /// Whether the scene names it relative to its own file.
    pub(crate) relative: bool,
    /// How many other files of the same sequence exist and are needed.
    #[serde(default)]
    pub(crate) more: usize,
}

/// A folder, or the beginning of file names, that File Output nodes write to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct NodeOutput {
    /// As the node has it: `//` at the beginning is the folder of the .blend file.
    pub(crate) path: String,
    /// Where that is on this host.
    pub(crate) absolute: PathBuf,
}

impl NodeOutput {
    /// Whether it depends on where the .blend file is.
    pub(crate) fn is_relative(&self) -> bool {
        self.path.starts_with("//")
    }
}

impl Scene {
    /// All its frames, as people write them.
    pub(crate) fn frames(&self) -> String {
        let Self {
            frame_start: first,
            frame_end: last,
            frame_step: step,
            ..
        } = self;
        if first == last {
            return first.to_string();
        }
        if *step > 1 {
            return format!("{first}-{last}x{step}");
        }
        format!("{first}-{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_have_the_step_of_the_scene() {
        let frames = |frame_start, frame_end, frame_step| {
            let scene = Scene {
                frame_start,
                frame_end,
                frame_step,
                ..Scene::default()
            };
            scene.frames()
        };
        assert_eq!(frames(1, 9, 4), "1-9x4");
        assert_eq!(frames(1, 9, 1), "1-9");
        assert_eq!(frames(7, 7, 4), "7");
    }
}
