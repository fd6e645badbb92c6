//! The user that tasks run as, where that is another than the Worker's: then no task can read the Worker's credentials.
//!
//! Linux knows users by thread. A program becomes the user between fork and exec, for good. The threads on which
//! commands open files become it for files only, so that they make and read no file that the user could not.

use std::ffi::CString;
use std::io;
use std::path::PathBuf;

use nix::libc;
use nix::unistd::{
    Gid, Uid, User, geteuid, getgrouplist, setfsgid, setfsuid, setgid, setgroups, setuid,
};

/// The rights that it takes to start programs as another user and to end them: `CAP_KILL`, `CAP_SETGID`, `CAP_SETUID`.
const RIGHTS: u64 = 1 << 5 | 1 << 6 | 1 << 7;

/// Where Linux says which rights this process has.
const STATUS: &str = "/proc/self/status";

/// Why tasks cannot run as a user.
#[derive(Debug, thiserror::Error)]
pub enum TaskUserError {
    /// There is no such user.
    #[error("task_user: this host has no user \"{0}\"")]
    Unknown(String),
    /// The user database cannot be read.
    #[error("task_user: cannot look for the user \"{user}\": {source}")]
    Unreadable {
        /// The user.
        user: String,
        /// Why not.
        source: nix::Error,
    },
    /// The Worker may not do that.
    #[error(
        "task_user: this Worker runs as user {own} and may not start programs as \"{user}\"; run it as root, or with \
         the capabilities CAP_SETUID, CAP_SETGID and CAP_KILL, or leave task_user empty"
    )]
    NotAllowed {
        /// The user.
        user: String,
        /// The Worker's own.
        own: Uid,
    },
    /// It would be no other user.
    #[error("task_user: tasks that run as root could read everything; name a user without rights")]
    Root,
}

/// A user that tasks run as.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TaskUser {
    pub(super) name: String,
    pub(super) home: PathBuf,
    uid: Uid,
    gid: Gid,
    groups: Vec<Gid>,
}

impl TaskUser {
    /// The user of this name, or with this number. An error if tasks cannot run as it.
    pub fn find(name: &str) -> Result<Self, TaskUserError> {
        let unreadable = |source| TaskUserError::Unreadable {
            user: name.to_owned(),
            source,
        };
        let found = match name.parse() {
            Ok(number) => User::from_uid(Uid::from_raw(number)),
            Err(_) => User::from_name(name),
        };
        let user = found
            .map_err(unreadable)?
            .ok_or_else(|| TaskUserError::Unknown(name.to_owned()))?;
        if user.uid.is_root() {
            return Err(TaskUserError::Root);
        }
        if !may_switch() {
            return Err(TaskUserError::NotAllowed {
                user: name.to_owned(),
                own: geteuid(),
            });
        }
        let c_name = CString::new(user.name.as_str())
            .map_err(|_| TaskUserError::Unknown(name.to_owned()))?;
        Ok(Self {
            groups: getgrouplist(&c_name, user.gid).map_err(unreadable)?,
            name: user.name,
            home: user.dir,
            uid: user.uid,
            gid: user.gid,
        })
    }

    /// This process, which has just been forked, is the user's from now on. Makes system calls only.
    pub(super) fn take_over(&self) -> io::Result<()> {
        setgroups(&self.groups)?;
        setgid(self.gid)?;
        setuid(self.uid)?;
        Ok(())
    }

    /// This thread opens and makes files as the user from now on.
    ///
    /// # Errors
    /// If that is not so afterwards. The thread must open no file for a task then.
    pub fn take_over_files(&self) -> io::Result<()> {
        set_groups_of_thread(&self.groups)?;
        // These tell what was before, whatever happens, so that they are asked twice.
        setfsgid(self.gid);
        setfsuid(self.uid);
        if setfsgid(self.gid) == self.gid && setfsuid(self.uid) == self.uid {
            Ok(())
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

impl TaskUser {
    /// Does something that opens files as this user, on a thread of its own, or simply does it without one.
    pub fn do_as<T: Send, E: From<io::Error> + Send>(
        user: Option<&Self>,
        work: impl FnOnce() -> Result<T, E> + Send,
    ) -> Result<T, E> {
        let Some(user) = user else { return work() };
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                user.take_over_files()?;
                work()
            });
            match thread.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

/// Unlike `setgroups`, which does it for all threads.
#[expect(
    unsafe_code,
    reason = "a system call that reads a list of numbers, which lives longer than the call"
)]
fn set_groups_of_thread(groups: &[Gid]) -> io::Result<()> {
    // SAFETY: `Gid` is a `gid_t`, and the kernel reads as many of them as it is told.
    let done = unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn may_switch() -> bool {
    geteuid().is_root()
        || rights(&std::fs::read_to_string(STATUS).unwrap_or_default()) & RIGHTS == RIGHTS
}

/// The effective capabilities in what the system says of a process.
fn rights(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    line.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read() {
        let status = "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t00000000000000e0\n";
        assert_eq!(rights(status), RIGHTS);
        assert_eq!(rights("CapEff:\tnothing"), 0);
        assert_eq!(rights(""), 0);
    }

    #[test]
    fn an_unknown_user_and_root_are_refused() {
        let unknown = TaskUser::find("no-such-user-of-this-host");
        assert!(matches!(unknown, Err(TaskUserError::Unknown(_))));
        for root in ["root", "0"] {
            assert!(matches!(TaskUser::find(root), Err(TaskUserError::Root)));
        }
    }

    /// Only root can become another user; others are told so.
    #[test]
    fn a_thread_of_the_user_reads_no_file_of_ours_and_others_still_do() {
        let user = match TaskUser::find("nobody") {
            Ok(user) => user,
            Err(error) => {
                assert!(!geteuid().is_root(), "{error}");
                return assert!(error.to_string().contains("may not start programs as"));
            }
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(
            folder.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o777),
        )
        .unwrap();
        let (secret, theirs) = (folder.path().join("secret"), folder.path().join("theirs"));
        std::fs::write(&secret, "secret").unwrap();
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                user.take_over_files().unwrap();
                let read = std::fs::read_to_string(&secret).unwrap_err();
                assert_eq!(read.kind(), io::ErrorKind::PermissionDenied);
                std::fs::write(&theirs, "x").unwrap();
            });
            thread.join().unwrap();
        });
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "secret");
        let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&theirs).unwrap());
        assert_eq!(owner, user.uid.as_raw());
    }
}
