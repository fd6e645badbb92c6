//! Programs that do nothing: when they are ended, and what becomes of their command. The limits are short, but the clock
//! is the real one, since the kernel takes its time to end a process.

use std::time::Duration;

use serde_json::json;

use super::bench::{Bench, Done};
use crate::process::IdleLimits;

const LIMITS: IdleLimits = IdleLimits {
    exit: Some(Duration::from_secs(1)),
    progress: Some(Duration::from_secs(1)),
};

/// A frame as Blender reports it.
const FRAME: &str = "echo ' Time: 00:01.00 (Saving: 00:00.10)';";

async fn render(bench: Bench, script: &str) -> Done {
    let parameters = json!({"exe": "sh", "argsBefore": ["-c", script], "blendfile": ""});
    bench.run("blender-render", parameters).await
}

#[tokio::test]
async fn a_program_that_saved_all_frames_but_does_not_end_is_ended_and_has_succeeded() {
    for stubborn in ["", "trap '' TERM;"] {
        let limits = IdleLimits {
            progress: None,
            ..LIMITS
        };
        let bench = Bench::with_limits(limits).expect_steps(2);
        let script = format!("{stubborn} {FRAME} {FRAME} while :; do sleep 1000; done");
        let done = render(bench, &script).await;
        assert!(done.result.is_ok(), "{}", done.error());
        assert_eq!(done.steps(), [1, 2]);
        let logs = done.logs().concat();
        let said = "all frames are saved, but the program has not ended for 1s; ending it";
        assert!(logs.contains(said), "{logs}");
    }
}

#[tokio::test]
async fn a_program_that_makes_no_progress_is_ended_and_has_failed() {
    let bench = Bench::with_limits(LIMITS).expect_steps(2);
    let done = render(bench, &format!("{FRAME} sleep 1000")).await;
    assert!(
        done.error().contains("used no processor time for 1s"),
        "{}",
        done.error()
    );
    let logs = done.logs().concat();
    assert!(logs.contains("for 1s; ending it"), "{logs}");
}

#[tokio::test]
async fn a_program_that_ends_by_itself_is_judged_by_its_exit_code() {
    let limits = IdleLimits {
        exit: Some(Duration::from_mins(1)),
        progress: Some(Duration::from_mins(1)),
    };
    let bench = Bench::with_limits(limits).expect_steps(1);
    let done = render(bench, &format!("{FRAME} exit 7")).await;
    assert!(done.error().contains("code 7"), "{}", done.error());
}

#[tokio::test]
async fn a_task_that_is_called_off_meanwhile_is_called_off() {
    let limits = IdleLimits {
        exit: Some(Duration::from_millis(100)),
        progress: None,
    };
    let mut bench = Bench::with_limits(limits).expect_steps(1);
    let (canceller, mut heard) = (bench.canceller(), bench.overhear());
    let script = format!("trap '' TERM; {FRAME} while :; do sleep 1000; done");
    let cancel = async {
        while let Some(report) = heard.recv().await {
            if format!("{report:?}").contains("Progress") {
                canceller.send_replace(true);
            }
        }
    };
    let (done, ()) = tokio::join!(render(bench, &script), cancel);
    assert!(
        matches!(
            done.result,
            Err(crate::executor::CommandError::Cancelled(_))
        ),
        "{}",
        done.error()
    );
}
