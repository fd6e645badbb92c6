//! Programs are started in few places, where their whole group is looked after.

use crate::tidy::{Finding, Source};

/// The Worker's executor, the check whether a path is a Blender, the processes that run scripts, the client's look into
/// a Blender file, and the browser that it opens. Tests may too.
const WHERE: [&str; 6] = [
    "worker/src/executor/",
    "worker/src/process/",
    "manager/src/blender",
    "manager/src/compiler/child",
    "cli/src/blender",
    "cli/src/browser",
];

pub(super) fn processes(source: &Source) -> Vec<Finding> {
    if source.is_in(&WHERE) {
        return Vec::new();
    }
    source.judge(|mention| {
        let root = mention.root().unwrap_or_default();
        let forked = mention.is_below(&["nix", "unistd"])
            && (mention.last().starts_with("fork") || mention.last().starts_with("exec"));
        let starts = mention.has(&["process", "Command"])
            || root == "process_wrap"
            || forked
            || mention.is_below(&["std", "process", "*"]);
        starts.then(|| {
            format!(
                "{} starts a process; the executor does that",
                mention.full()
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    const BAD: &str = "use std::process::Command;\nuse process_wrap::tokio::CommandWrap;\nfn f() {\n    Command::new(x);\n    tokio::process::Command::new(x);\n    nix::unistd::fork();\n}";

    #[test]
    fn starting_a_process_is_found() {
        for path in [
            "manager/src/boot.rs",
            "worker/src/main.rs",
            "cli/src/submit.rs",
            "discovery/src/socket.rs",
        ] {
            check(processes, path, BAD, &[1, 2, 4, 5, 6]);
        }
    }

    #[test]
    fn the_executor_may_and_so_may_tests() {
        for path in [
            "worker/src/executor/exec.rs",
            "cli/src/blender/facts.rs",
            "manager/src/blender_check.rs",
            "tests/tests/farm.rs",
        ] {
            check(processes, path, BAD, &[]);
        }
    }

    #[test]
    fn to_end_oneself_is_fine() {
        check(
            processes,
            "worker/src/main.rs",
            "use std::process::{self, ExitCode};\nfn f() { process::exit(1); std::process::id(); }",
            &[],
        );
    }
}
