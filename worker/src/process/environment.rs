//! The environment of programs: the Worker's, without what is meant for the Worker alone. Pure.

use std::ffi::{OsStr, OsString};

/// The settings of Farandole begin with this; passwords and keys may be among them.
const SETTINGS: &str = "FARANDOLE_";

/// What a service manager gives to a service: where its credentials lie, how it says that it is well, its sockets.
const OF_SERVICES: [&str; 7] = [
    "CREDENTIALS_DIRECTORY",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// Of these variables those that programs do not get.
pub(super) fn withheld(names: impl Iterator<Item = OsString>) -> Vec<OsString> {
    names.filter(|name| is_withheld(name)).collect()
}

fn is_withheld(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(SETTINGS) || OF_SERVICES.contains(&name.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_what_is_not_for_the_worker_alone() {
        let given = [
            "FARANDOLE_MANAGER",
            "FARANDOLE_KEY_FILE",
            "CREDENTIALS_DIRECTORY",
            "NOTIFY_SOCKET",
            "PATH",
            "HOME",
            "OCIO",
            "BLENDER_USER_SCRIPTS",
            "SSL_CERT_FILE",
            "CUDA_VISIBLE_DEVICES",
        ];
        let withheld = withheld(given.iter().map(OsString::from));
        assert_eq!(withheld, given[..4]);
    }
}
