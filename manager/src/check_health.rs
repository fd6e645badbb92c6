//! `--check-health`: asks the Manager that runs on this host, with the same configuration, whether all its parts work.
//! For container engines, whose images need no HTTP client of their own then.

use std::time::Duration;

use farandole_protocol::paths;

/// A Manager that does not answer by then is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the Manager that listens at this address; an error says in one line what is wrong.
pub async fn check(listen: &str) -> Result<(), String> {
    let url = format!("http://{}{}", reachable(listen), paths::READYZ);
    let unwell = |error: reqwest::Error| {
        format!("{url} does not answer ({error}); its log says why: docker compose logs manager")
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(unwell)?;
    let answer = client.get(&url).send().await.map_err(unwell)?;
    if answer.status().is_success() {
        return Ok(());
    }
    let status = answer.status();
    let parts = answer.text().await.map_err(unwell)?;
    Err(format!("{url} answers {status}: {parts}"))
}

/// Where a server that listens at this address is reached from its own host.
fn reachable(listen: &str) -> String {
    let (host, port) = listen.rsplit_once(':').unwrap_or((listen, "80"));
    match host {
        "" | "0.0.0.0" => format!("127.0.0.1:{port}"),
        "[::]" => format!("[::1]:{port}"),
        host => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_interfaces_are_reached_by_the_own_one() {
        assert_eq!(reachable(":8080"), "127.0.0.1:8080");
        assert_eq!(reachable("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(reachable("[::]:8080"), "[::1]:8080");
        assert_eq!(reachable("render.lan:8080"), "render.lan:8080");
    }
}
