//! `--check-health`: asks the Manager that runs on this host, with the same configuration, whether all its parts work.
//! For container engines, whose images need no HTTP client of their own then.

use std::time::Duration;

use farandole_protocol::paths;

/// A Manager that does not answer by then is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wrong with the Manager.
#[derive(Debug, thiserror::Error)]
pub enum Ill {
    /// No answer, or none in time.
    #[error("{url} does not answer; the Manager's log says why")]
    Silent {
        /// What was asked.
        url: String,
        /// What happened.
        source: reqwest::Error,
    },
    /// Some of its parts do not work.
    #[error("{url} answers {status}: {parts}")]
    Unready {
        /// What was asked.
        url: String,
        /// What it answered.
        status: u16,
        /// What it says of its parts.
        parts: String,
    },
}

/// Asks the Manager that listens at this address.
pub async fn check(listen: &str) -> Result<(), Ill> {
    let url = format!("http://{}{}", reachable(listen), paths::READYZ);
    match ask(&url).await {
        Ok((200, _)) => Ok(()),
        Ok((status, parts)) => Err(Ill::Unready { url, status, parts }),
        Err(source) => Err(Ill::Silent { url, source }),
    }
}

async fn ask(url: &str) -> reqwest::Result<(u16, String)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(PATIENCE)
        .build()?;
    let answer = client.get(url).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
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
