//! What a panic means. In an actor, or on a thread that belongs to one, it is a bug after which the farm's state
//! cannot be trusted: it is logged and ends the process, whatever supervises it starts it anew, and nothing durable
//! is lost. (Actix would leave a closed mailbox behind, and a half-dead farm that answers 503 for ever is worse.)
//! In a thread of the HTTP server it costs one connection; on threads named `work-` (scripts, pictures) it is caught.

use std::panic::PanicHookInfo;
use std::thread;

/// The thread on which the actors live, and the beginning of the names of threads that serve them alone.
const MAIN: &str = "main";
const FARM: &str = "farm-";

/// Installs the hook. First thing in `main`.
pub fn install_hook() {
    std::panic::set_hook(Box::new(on_panic));
}

fn on_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed");
    let message = info.payload_as_str().unwrap_or("no message");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        panic.thread = name,
        panic.location = location,
        panic.message = message,
        "panic"
    );
    if is_fatal(name) {
        std::process::abort();
    }
}

fn is_fatal(thread: &str) -> bool {
    thread == MAIN || thread.starts_with(FARM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_threads_that_host_actors_end_the_process() {
        assert!(is_fatal("main") && is_fatal("farm-store-writer"));
        for name in [
            "actix-rt|system:0|arbiter:0",
            "work-script-1",
            "unnamed",
            "mainly",
        ] {
            assert!(!is_fatal(name), "{name}");
        }
    }
}
