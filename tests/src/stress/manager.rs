//! The Manager that is played against: where it is, and how requests to it begin.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use url::Url;

/// A Manager's address, looked up once.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    pub(super) address: SocketAddr,
    /// Host and port, as the header says them.
    pub(super) host: String,
    /// What comes before every path; empty unless the Manager is below a path of some proxy.
    pub(super) base: String,
}

impl Manager {
    /// Looks the address up. Other than `http` is refused: encryption would be measured instead of the Manager.
    pub(super) async fn at(url: &Url) -> Result<Self> {
        let Some(name) = url.host_str().filter(|_| url.scheme() == "http") else {
            bail!("{url} does not begin with http://");
        };
        let port = url.port_or_known_default().unwrap_or(80);
        let host = format!("{name}:{port}");
        let found = tokio::net::lookup_host(&host)
            .await
            .with_context(|| format!("cannot find {host}"))?
            .next();
        let address = found.with_context(|| format!("{host} has no address"))?;
        Ok(Self {
            address,
            host,
            base: url.path().trim_end_matches('/').to_owned(),
        })
    }
}
