//! `sleep`: does nothing for some whole seconds.

use std::time::Duration;

use serde_json::Value;

use super::registry::refuse;
use crate::executor::parameters::invalid;
use crate::executor::{Cancelled, CommandError, Parameters, Site};
use crate::text::short_duration;

pub(super) const NAME: &str = "sleep";
const DURATION: &str = "duration_in_seconds";

/// Nobody means more than a year.
const LONGEST: f64 = 366.0 * 86_400.0;

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    // Fractions are cut off, as Workers always did.
    let seconds = parameters.number(DURATION).map_err(refuse(NAME))?.trunc();
    if !(0.0..=LONGEST).contains(&seconds) {
        let fault = invalid(DURATION, "negative or too long", &Value::from(seconds));
        return Err(refuse(NAME)(fault));
    }
    let duration = Duration::from_secs_f64(seconds.abs());
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        () = site.cancelled() => return Err(Cancelled.into()),
    }
    Ok(site
        .log(format!("slept {}", short_duration(duration.as_secs())))
        .await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::bench::Bench;
    use crate::executor::CommandError;

    #[tokio::test(start_paused = true)]
    async fn whole_seconds_are_slept() {
        for (given, slept) in [
            (json!(47), "47s"),
            (json!(1.9), "1s"),
            (json!(-0.5), "0s"),
            (json!(90), "1m30s"),
        ] {
            let done = Bench::new()
                .run("sleep", json!({"duration_in_seconds": given}))
                .await;
            assert_eq!(done.logs(), [format!("slept {slept}")]);
        }
    }

    #[tokio::test]
    async fn other_durations_are_refused() {
        for given in [json!(-47), json!("47"), json!(null), json!(1e300)] {
            let done = Bench::new()
                .run("sleep", json!({"duration_in_seconds": given}))
                .await;
            assert!(
                done.error().contains("duration_in_seconds"),
                "{}",
                done.error()
            );
        }
    }

    #[tokio::test]
    async fn a_sleep_can_be_called_off() {
        let bench = Bench::new();
        bench.cancel();
        let done = bench
            .run("sleep", json!({"duration_in_seconds": 86_400}))
            .await;
        assert!(matches!(done.result, Err(CommandError::Cancelled(_))));
        assert!(done.logs().is_empty());
    }
}
