//! Configuration in layers, for all programs of the farm: a YAML file, the environment, flags. The later wins.
//!
//! A program lists its [`Key`]s; from each follow its place in the file, the name of its variable and of its flag:
//! `shaman.enabled` is `FARANDOLE_SHAMAN_ENABLED` and `--shaman-enabled`. What the values mean is the program's
//! business. Nothing here reads the process's own environment: `main` passes it in.

mod document;
mod duration;
mod error;
mod folder;
mod keys;
mod layers;
mod load;
mod lock_file;
mod print;
mod private;
mod reference;
mod replace;
mod secrets;
mod values;
mod variables;

pub use document::edit;
pub use duration::{GoDuration, InvalidDuration};
pub use error::{Layer, SettingsError};
pub use folder::{FolderError, private_folder, usable_file, usable_folder};
pub use keys::{Key, Kind, Program};
pub use layers::Loaded;
pub use load::load;
pub use lock_file::{Holder, LockFile, LockFileError};
pub use private::{
    PRIVATE_FILE, close_to_others, empty_private_file, make_private_file, make_private_folder,
};
pub use reference::markdown;
pub use replace::replace_file;
pub use variables::FARM_VARIABLES;
