//! Finding the Manager: the one that was named, else the one on this host, else one in the network.

use std::time::Duration;

use farandole_discovery::search::{SearchFor, search};
use farandole_protocol::client::{ManagerClient as _, ManagerHttp, parse_manager_url};
use url::Url;

use crate::error::{CliError, Outcome};

const HERE: &str = "http://localhost:8080/";
/// A Manager in the network answers within this time, or there is none.
const SEARCH: Duration = Duration::from_secs(5);

/// The Manager to talk to.
pub(crate) async fn find(named: Option<&str>, farm: &str) -> Outcome<ManagerHttp> {
    if let Some(text) = named.filter(|text| !text.is_empty()) {
        let url = parse_manager_url(text)
            .map_err(|error| CliError::Local(format!("--manager {text}: {error}")))?;
        return Ok(ManagerHttp::new(&url)?);
    }
    if farm.is_empty()
        && let Ok(here) = Url::parse(HERE)
        && answers(here.clone()).await
    {
        return Ok(ManagerHttp::new(&here)?);
    }
    let wanted = SearchFor {
        farm: farm.to_owned(),
        limit: Some(SEARCH),
        ..SearchFor::default()
    };
    match search(wanted, answers).await {
        Ok(url) => Ok(ManagerHttp::new(&url)?),
        Err(error) => Err(CliError::NoManager(format!(
            "{error}\nname it with --manager URL (or FARANDOLE_MANAGER), or start one with farandole-manager"
        ))),
    }
}

/// Whether a Manager answers there.
async fn answers(url: Url) -> bool {
    match ManagerHttp::new(&url) {
        Ok(manager) => manager.version().await.is_ok(),
        Err(_) => false,
    }
}
