//! What the Worker needs of the world: to find a Manager, and to call it. A trait, so that tests can script both.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use farandole_discovery::search::{SearchFor, search};
use farandole_protocol::client::{ClientError, Credentials, ManagerClient, ManagerHttp};
use futures_util::future::BoxFuture;
use tracing::debug;
use url::Url;

use super::manager::Manager;

/// No Manager was found.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotFound(pub String);

/// Where the Manager is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ManagerAddress {
    /// At this URL.
    Fixed(Url),
    /// Somewhere in the network.
    Search {
        /// Only Managers of the farm with this key; empty: any.
        farm: String,
    },
}

/// The world outside of the Worker.
pub trait Outside: Send + Sync {
    /// Whether the Manager is found by search, so that it may be elsewhere next time.
    fn is_searched(&self) -> bool;

    /// Where the Manager is. Searches until `limit` is over, or for ever.
    fn find_manager(&self, limit: Option<Duration>) -> BoxFuture<'_, Result<Url, NotFound>>;

    /// A way to call the Manager at this URL, as this Worker if there are credentials.
    fn connect(
        &self,
        manager: &Url,
        credentials: Option<Credentials>,
    ) -> Result<Manager, ClientError>;
}

impl fmt::Debug for dyn Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

/// The real network: SSDP and HTTP.
#[derive(Clone, Debug)]
pub struct Network {
    address: ManagerAddress,
}

impl Network {
    /// The network with the Manager at this address.
    pub const fn new(address: ManagerAddress) -> Self {
        Self { address }
    }
}

impl Outside for Network {
    fn is_searched(&self) -> bool {
        matches!(self.address, ManagerAddress::Search { .. })
    }

    fn find_manager(&self, limit: Option<Duration>) -> BoxFuture<'_, Result<Url, NotFound>> {
        Box::pin(async move {
            match &self.address {
                ManagerAddress::Fixed(url) => Ok(url.clone()),
                ManagerAddress::Search { farm } => {
                    let wanted = SearchFor {
                        farm: farm.clone(),
                        limit,
                        ..SearchFor::default()
                    };
                    search(wanted, is_manager)
                        .await
                        .map_err(|error| NotFound(error.to_string()))
                }
            }
        })
    }

    fn connect(
        &self,
        manager: &Url,
        credentials: Option<Credentials>,
    ) -> Result<Manager, ClientError> {
        let http = ManagerHttp::new(manager)?;
        let client: Arc<dyn ManagerClient> = match credentials {
            Some(credentials) => Arc::new(http.with_credentials(credentials)),
            None => Arc::new(http),
        };
        Ok(Manager::new(client))
    }
}

/// Whether there is a Manager at this URL.
async fn is_manager(url: Url) -> bool {
    let Ok(client) = ManagerHttp::new(&url) else {
        return false;
    };
    match client.version().await {
        Ok(version) => {
            debug!(%url, manager.name = version.name, version = version.version, "a Manager answers");
            true
        }
        Err(error) => {
            debug!(%url, %error, "no Manager answers");
            false
        }
    }
}
