//! What has to be known of a scene to render it. Pure.

use std::path::PathBuf;

use serde::Deserialize;

/// The facts that the Flamenco add-on would evaluate in Blender.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Scene {
    /// The scene's name.
    pub(crate) name: String,
    /// The first frame.
    pub(crate) frame_start: i64,
    /// The last frame.
    pub(crate) frame_end: i64,
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
}

/// A file, or a folder of files, that a scene needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct External {
    /// Its absolute path on this host.
    pub(crate) path: PathBuf,
    /// Whether it is there.
    pub(crate) exists: bool,
    /// Whether the scene names it relative to its own file.
    pub(crate) relative: bool,
}

impl Scene {
    /// All its frames, as people write them.
    pub(crate) fn frames(&self) -> String {
        if self.frame_start == self.frame_end {
            return self.frame_start.to_string();
        }
        format!("{}-{}", self.frame_start, self.frame_end)
    }
}
