//! What can be asked of the Host.

use std::fs::File;
use std::path::PathBuf;

use farandole_protocol::api::{BlenderPathCheckResult, PathCheckResult};

use crate::ask::Order;

/// Whether a folder can be the shared storage. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct CheckSharedStorage {
    /// The folder; a relative one is below the data directory.
    pub path: String,
}

impl Order for CheckSharedStorage {
    type Reply = PathCheckResult;
}

/// The Blenders that are where they usually are. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindBlender;

impl Order for FindBlender {
    type Reply = Vec<BlenderPathCheckResult>;
}

/// Whether that is a Blender. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct CheckBlender {
    /// A name on the search path, or a program of the variable `blender`, or its folder; empty for one that is where it
    /// usually is. Other programs are not run.
    pub path: String,
}

impl Order for CheckBlender {
    type Reply = BlenderPathCheckResult;
}

/// The zip file of the add-on. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct OpenAddon;

impl Order for OpenAddon {
    /// Where it is, and the file; nothing if nobody has named one, or it cannot be opened.
    type Reply = Option<(PathBuf, File)>;
}
