//! What the Manager keeps for itself is closed to other users: the database, logs and pictures say what people work on,
//! and the database also holds the hashes of the Workers' secrets.
//!
//! New files are made so. Here what an earlier version left open is closed at the start. The data directory itself is
//! closed only if it was given as such, since the working directory may be anything, and never if the shared storage is
//! in it, which Workers of other users have to reach.

use std::path::{Path, PathBuf};

use farandole_settings::{
    FolderError, Loaded, close_to_others, private_folder, usable_file, usable_folder,
};

use crate::config::Config;

/// What SQLite keeps beside a database.
const BESIDE_DATABASE: [&str; 3] = ["", "-wal", "-shm"];

/// Everything that is written to can be, or nothing is started. Only a storage whose server is away may come back.
pub(crate) fn check_folders(config: &Config, data_dir: &Path) -> Result<(), FolderError> {
    let storage = config.shared_storage_path.as_deref();
    // Workers of other users have to reach a shared storage that lies in it.
    if storage.is_some_and(|storage| storage.starts_with(data_dir)) {
        usable_folder(data_dir)?;
    } else {
        private_folder(data_dir)?;
    }
    usable_file(&config.database)?;
    private_folder(&config.local_manager_storage_path)?;
    match storage.map(usable_folder) {
        Some(Err(away @ FolderError::Away { .. })) => {
            tracing::warn!(error = %away, "the shared storage is away");
            Ok(())
        }
        Some(other) => other,
        None => Ok(()),
    }
}

/// Closes what other users could use, and says so in one line of the log.
pub(crate) fn close_own_files(config: &Config, loaded: &Loaded) {
    let mut closed = Vec::new();
    for path in own_files(config, loaded) {
        match close_to_others(&path) {
            Ok(true) => closed.push(path.display().to_string()),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot close the file to other users");
            }
        }
    }
    if !closed.is_empty() {
        tracing::info!(
            path = closed.join(", "),
            "closed files and folders to other users"
        );
    }
}

fn own_files(config: &Config, loaded: &Loaded) -> Vec<PathBuf> {
    let beside = BESIDE_DATABASE.map(|end| {
        let mut path = config.database.clone().into_os_string();
        path.push(end);
        PathBuf::from(path)
    });
    let mut folders = vec![&config.local_manager_storage_path];
    if loaded.data_dir_is_given {
        folders.push(&loaded.data_dir);
    }
    let shared = config.shared_storage_path.as_deref();
    folders.retain(|folder| !shared.is_some_and(|shared| is_within(shared, folder)));
    beside
        .into_iter()
        .chain(folders.into_iter().cloned())
        .collect()
}

/// Whether a path leads into a folder, or to it, symlinks resolved where that can be done.
fn is_within(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(path).starts_with(real(folder))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config;

    #[test]
    fn a_data_directory_is_made_for_the_own_user_unless_it_holds_the_shared_storage() {
        let folder = tempfile::tempdir().unwrap();
        let made = |storage: &str| {
            let data_dir = folder.path().join("data");
            let config = Config {
                database: data_dir.join("farm.sqlite"),
                local_manager_storage_path: data_dir.join("own"),
                shared_storage_path: Some(folder.path().join(storage)),
                ..Config::default()
            };
            check_folders(&config, &data_dir).unwrap();
            let mode = fs::metadata(&data_dir).unwrap().permissions().mode() & 0o777;
            fs::remove_dir_all(&data_dir).unwrap();
            mode
        };
        assert_eq!(made("storage"), 0o700);
        assert_eq!(made("data/storage") & 0o700, 0o700);
        assert_ne!(made("data/storage") & 0o055, 0, "others can enter");
    }

    #[test]
    fn a_folder_is_closed_only_if_it_is_the_managers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let named = |args: &[&str]| -> Vec<String> {
            let args: Vec<_> = args.iter().map(Into::into).collect();
            let (config, loaded) = config::load(&args, &BTreeMap::new(), folder.path()).unwrap();
            let own = own_files(&config, &loaded);
            let below = own
                .iter()
                .map(|path| path.strip_prefix(folder.path()).unwrap());
            below.map(|path| path.display().to_string()).collect()
        };
        let usual = [
            "farandole-manager.sqlite",
            "farandole-manager.sqlite-wal",
            "farandole-manager.sqlite-shm",
            "farandole-manager-storage",
        ];
        assert_eq!(named(&[]), usual);
        let given = named(&["--data-dir", "."]);
        assert_eq!(given.last().map(String::as_str), Some(""), "{given:?}");
        assert_eq!(
            named(&["--data-dir=.", "--shared-storage-path=shared"]),
            usual
        );
    }
}
