//! `exec`: runs any program. Its output is not looked at.

use super::registry::refuse;
use crate::executor::{CommandError, Parameters, Site};
use crate::process::{NoListener, Program, run_program};

pub(super) const NAME: &str = "exec";

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    let program = read(parameters)?;
    Ok(run_program(&program, site, &mut NoListener).await?)
}

fn read(parameters: Parameters<'_>) -> Result<Program, CommandError> {
    let refuse = refuse(NAME);
    Ok(Program {
        exe: parameters.filled_text("exe").map_err(&refuse)?.to_owned(),
        args: parameters.texts("args").map_err(&refuse)?,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use serde_json::json;

    use super::super::bench::{Bench, Done};
    use crate::executor::CommandError;
    use crate::process::ProgramFault;

    async fn shell(bench: Bench, script: &str) -> Done {
        bench
            .run("exec", json!({"exe": "sh", "args": ["-c", script]}))
            .await
    }

    fn fifo_in(dir: &Path) -> PathBuf {
        let fifo = dir.join("fifo");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        fifo
    }

    /// The numbers in a file; of a fifo, once somebody has written them.
    async fn numbers_in(path: &Path) -> Vec<u32> {
        let path = path.to_owned();
        let text = tokio::task::spawn_blocking(move || fs::read_to_string(path).unwrap())
            .await
            .unwrap();
        text.split_whitespace()
            .map(|word| word.parse().unwrap())
            .collect()
    }

    fn is_alive(pid: u32) -> bool {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    }

    #[tokio::test]
    async fn output_and_errors_are_one_log_after_the_command_line() {
        let done = shell(Bench::new(), "echo $$; echo oops >&2; printf end").await;
        assert!(done.result.is_ok());
        let logs = done.logs();
        assert_eq!(logs.len(), 1);
        let pid = logs[0]
            .split("pid=")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        let expected = format!(
            "going to run:\n\n    sh -c 'echo $$; echo oops >&2; printf end'\n\n\
             pid={pid} > {pid}\npid={pid} > oops\npid={pid} > end\n"
        );
        assert_eq!(logs[0], expected);
    }

    #[tokio::test]
    async fn the_log_is_complete_when_the_program_fails() {
        let done = shell(Bench::new(), "echo last words; exit 3").await;
        assert_eq!(done.error(), "command exited abnormally with code 3");
        assert!(done.logs()[0].ends_with("last words\n"));
        let done = shell(Bench::new(), "kill -9 $$").await;
        assert!(matches!(
            done.result,
            Err(CommandError::Program(ProgramFault::Signalled(9)))
        ));
    }

    #[tokio::test]
    async fn a_program_that_cannot_be_started_is_named() {
        for exe in ["/nonexistent/program", "/dev/null"] {
            let done = Bench::new()
                .run("exec", json!({"exe": exe, "args": ["a b"]}))
                .await;
            assert!(done.error().starts_with("cannot start"), "{}", done.error());
            assert_eq!(
                done.logs(),
                [format!("going to run:\n\n    {exe} 'a b'\n\n")]
            );
        }
    }

    #[tokio::test]
    async fn calling_off_ends_the_whole_group() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = fifo_in(dir.path());
        // A wrapper whose child does not listen to polite requests. It is the child that tells who both are, once it has
        // said something.
        let script = format!(
            "trap '' TERM; (echo deaf; sh -c \"echo $$ \\$PPID\" > {}; while :; do sleep 0.05; done) & wait",
            fifo.display()
        );
        let bench = Bench::new();
        let cancel = bench.canceller();
        let (done, pids) = tokio::join!(shell(bench, &script), async {
            let pids = numbers_in(&fifo).await;
            cancel.send_replace(true);
            pids
        });
        assert!(matches!(done.result, Err(CommandError::Cancelled(_))));
        assert!(
            pids.into_iter().all(|pid| !is_alive(pid)),
            "{:?}",
            done.reports
        );
        assert!(
            done.logs().concat().contains("deaf"),
            "its text is delivered"
        );
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pids");
        let done = shell(
            Bench::new(),
            &format!("sleep 1000 & echo $! > {}", pids.display()),
        )
        .await;
        assert!(done.result.is_ok());
        assert!(
            done.logs()[0].contains("left others running"),
            "{:?}",
            done.logs()
        );
        assert!(
            numbers_in(&pids)
                .await
                .into_iter()
                .all(|pid| !is_alive(pid))
        );
    }

    #[tokio::test]
    async fn a_daemon_that_left_the_group_does_not_hold_up_the_task() {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pids");
        let script = format!(
            "setsid sh -c 'echo $$ > {0}; exec sleep 1000' & while [ ! -s {0} ]; do sleep 0.01; done",
            pids.display()
        );
        let done = shell(Bench::new(), &script).await;
        assert!(done.result.is_ok(), "{}", done.error());
        for pid in numbers_in(&pids).await {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).ok();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn text_is_sent_in_time_although_the_program_is_silent() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = fifo_in(dir.path());
        let mut bench = Bench::new();
        let mut heard = bench.overhear();
        let script = format!("echo hello; cat {}", fifo.display());
        let opened = async {
            let first = heard.recv().await.unwrap();
            // Only now may the program end.
            tokio::task::spawn_blocking(move || fs::write(fifo, "bye\n").unwrap())
                .await
                .unwrap();
            first
        };
        let (done, first) = tokio::join!(shell(bench, &script), opened);
        assert!(format!("{first:?}").contains("going to run"), "{first:?}");
        assert!(done.result.is_ok());
        assert!(done.logs().len() > 1, "{:?}", done.logs());
    }

    #[tokio::test]
    async fn nothing_of_a_flood_of_output_is_lost() {
        let done = shell(
            Bench::new(),
            "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done",
        )
        .await;
        assert!(done.result.is_ok());
        let logs = done.logs();
        assert!(logs.len() > 5, "sent in chunks");
        assert_eq!(
            logs.concat()
                .lines()
                .filter(|line| line.contains("> line "))
                .count(),
            5000
        );
    }
}
