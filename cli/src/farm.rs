//! Finding the Manager: the one that was named, else the one on this host, else one in the network.

use std::time::Duration;

use farandole_discovery::search::{PING_LIMIT, SearchFor, search};
use farandole_protocol::client::{
    DEFAULT_PORT, ManagerClient as _, ManagerHttp, parse_manager_url,
};
use tokio::time::timeout;
use url::Url;

use crate::error::{CliError, Outcome};
use crate::output::whisper;

/// A Manager in the network answers within this time, or there is none.
const SEARCH: Duration = Duration::from_secs(5);

/// The Manager to talk to. Empty texts name nothing.
pub(crate) async fn find(named: &str, farm: &str) -> Outcome<ManagerHttp> {
    if !named.is_empty() {
        let url = parse_manager_url(named)
            .map_err(|error| CliError::Usage(format!("--manager: {error}")))?;
        return Ok(ManagerHttp::new(&url)?);
    }
    // Which farm the Manager on this host belongs to only the search can tell.
    if farm.is_empty()
        && let Ok(here) = parse_manager_url(&format!("localhost:{DEFAULT_PORT}"))
        && answers(here.clone()).await
    {
        return Ok(ManagerHttp::new(&here)?);
    }
    whisper("searching the network for a Manager");
    let wanted = SearchFor {
        farm: farm.to_owned(),
        limit: Some(SEARCH),
        ..SearchFor::default()
    };
    match search(wanted, answers).await {
        Ok(url) => {
            whisper(&format!("found the Manager at {url}"));
            Ok(ManagerHttp::new(&url)?)
        }
        Err(error) => {
            let whose = if farm.is_empty() {
                String::new()
            } else {
                format!(" of farm {farm}")
            };
            Err(CliError::NoManager(format!(
                "{error}{whose}\nname it with --manager URL (or FARANDOLE_MANAGER), or start one: farandole-manager"
            )))
        }
    }
}

/// Whether a Manager answers there, and soon.
async fn answers(url: Url) -> bool {
    match ManagerHttp::new(&url) {
        Ok(manager) => matches!(timeout(PING_LIMIT, manager.version()).await, Ok(Ok(_))),
        Err(_) => false,
    }
}
