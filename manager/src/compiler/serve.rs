//! The process that runs scripts, for the Manager that has started it: from orders to what came of them.
//!
//! Functions of the engine that loop by themselves, such as `indexOf`, cannot be interrupted. So this process ends
//! itself by an alarm when a script has had its time and some more, also when the Manager is gone.

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use nix::unistd::alarm;

use super::messages::CompileError;
use super::scripts::Library;
use super::wire::{self, Order, Outcome, Request, SCRIPT_ENDED};
use super::workshop::Workshop;

/// The first argument of the program where it is to run scripts.
pub const RUN_SCRIPTS: &str = "run-scripts";

/// Room for the script's stack (a mebibyte) and, below and above it, for ours.
pub(super) const THREAD_STACK: usize = 8 << 20;

/// How long after its time a script may still be on its way to its end, before the process is ended.
pub(super) const SLACK: Duration = Duration::from_secs(2);

/// The Manager's orders are trusted to be as long as they are.
const ANY_LENGTH: u64 = u64::MAX;

/// Carries out orders from the standard input, which is a socket, until that is closed.
pub fn run_scripts() -> io::Result<()> {
    let channel = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let serving = thread::Builder::new()
        .name("work-scripts".to_owned())
        .stack_size(THREAD_STACK)
        .spawn(move || serve(&channel))?;
    serving
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the thread that runs scripts panicked")))
}

fn serve(mut channel: &UnixStream) -> io::Result<()> {
    while let Some(request) = wire::read::<Request>(channel, ANY_LENGTH)? {
        let limits = request.limits();
        // Whole seconds, rounded up, and one more: the Manager looks first.
        let most = (limits.time + SLACK).as_secs().saturating_add(2);
        alarm::set(u32::try_from(most).unwrap_or(u32::MAX));
        let outcome = carry_out(
            &Workshop {
                library: Library::new(request.folders),
                limits,
            },
            request.order,
        );
        alarm::cancel();
        channel.write_all(&[SCRIPT_ENDED])?;
        wire::write(channel, &outcome)?;
    }
    Ok(())
}

/// A panic of the engine must not cost the process.
pub(super) fn carry_out(workshop: &Workshop, order: Order) -> Outcome {
    let file = order.job_type().to_owned();
    let failed = |_| {
        tracing::error!(script = file, "the script engine panicked");
        CompileError::EngineFailed { file: file.clone() }
    };
    match order {
        Order::Describe(name) => {
            let described = catch_unwind(AssertUnwindSafe(|| workshop.job_type(&name)));
            Outcome::Described(described.map_err(failed).flatten())
        }
        Order::Compile(order) => {
            let compiled = catch_unwind(AssertUnwindSafe(|| workshop.compile(*order)));
            Outcome::Compiled(compiled.map_err(failed).flatten())
        }
    }
}
