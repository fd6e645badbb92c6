//! `echo`: writes a message into the task's log.

use super::registry::refuse;
use crate::executor::{CommandError, Parameters, Site};
use crate::text::quoted;

pub(super) const NAME: &str = "echo";

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    let message = parameters.any("message").map_err(refuse(NAME))?;
    let message = message
        .as_str()
        .map_or_else(|| message.to_string(), str::to_owned);
    Ok(site.log(format!("{NAME}: {}", quoted(&message))).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::bench::Bench;

    #[tokio::test]
    async fn the_message_is_quoted() {
        let done = Bench::new()
            .run("echo", json!({"message": "Это \"сообщение\""}))
            .await;
        assert!(done.result.is_ok());
        assert_eq!(done.logs(), [r#"echo: "Это \"сообщение\"""#]);
        let done = Bench::new().run("echo", json!({"message": 24})).await;
        assert_eq!(done.logs(), [r#"echo: "24""#]);
    }

    #[tokio::test]
    async fn a_message_is_needed() {
        let done = Bench::new().run("echo", json!({})).await;
        assert!(
            done.error().contains(r#"echo: parameter "message""#),
            "{}",
            done.error()
        );
    }
}
