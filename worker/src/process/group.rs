//! A process group: the program that was started, and whatever it started in turn.

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// The group of a program. Dropped before all of it is gone, it is killed.
#[derive(Debug)]
pub(super) struct ProcessGroup {
    leader: Pid,
    gone: bool,
}

impl ProcessGroup {
    /// The group that this process leads; it must be a child of ours.
    pub(super) fn led_by(leader: Pid) -> Self {
        Self {
            leader,
            gone: false,
        }
    }

    /// The number of the group, which is that of its leader.
    pub(super) fn id(&self) -> Pid {
        self.leader
    }

    /// Asks all of the group to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::SIGTERM);
        // One that was stopped would not hear it.
        self.signal(Signal::SIGCONT);
    }

    /// Ends all of the group, whether it likes it or not.
    pub(super) fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Whether any of it is left. To be asked only after the leader was waited for: this collects the rest, which
    /// became our children when their parents ended.
    pub(super) fn is_gone(&mut self) -> bool {
        if self.gone {
            return true;
        }
        let group = Pid::from_raw(-self.leader.as_raw());
        while waitpid(group, Some(WaitPidFlag::WNOHANG))
            .is_ok_and(|status| status != WaitStatus::StillAlive)
        {}
        self.gone = killpg(self.leader, None) == Err(Errno::ESRCH);
        self.gone
    }

    fn signal(&self, signal: Signal) {
        // The only other answer is that nobody is left.
        if !self.gone {
            killpg(self.leader, signal).ok();
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
