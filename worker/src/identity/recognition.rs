//! Which Manager it is that answers, asked before a secret is shown to it.

use farandole_protocol::api::{IdentityQuestion, ManagerIdentity};
use farandole_protocol::client::ClientError;
use farandole_protocol::proof;
use tracing::debug;
use url::{Host, Url};

use super::credentials_file::new_secret;
use super::entry::{Entries, Entry, KnownManager};
use crate::contact::Manager;

/// What is known of a Manager that answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Recognized {
    /// The Worker has these credentials for it, and may show them.
    As(Entry),
    /// It is another one than those that the Worker knows, or cannot prove that it is one of them.
    Stranger,
}

/// Finds out which Manager is at this URL. It is asked without credentials. An error says that it gives no answer now,
/// and is to be asked again.
///
/// `was_searched` tells that the Manager was found in the network, where anybody can say to be one: then its
/// proof must be made for the address at which it was reached, so that it cannot be fetched from the true one.
pub async fn recognize(
    manager: &Manager,
    url: &Url,
    was_searched: bool,
    entries: &Entries,
) -> Result<Recognized, ClientError> {
    let address = was_searched.then(|| address(url));
    let Some(first) = entries.all().first() else {
        return Ok(Recognized::Stranger);
    };
    let Some((question, answer)) = ask(manager, first).await? else {
        return Ok(without_proof(entries, url));
    };
    let mut instance = answer.instance.clone();
    if proof::is_proved(
        &question,
        &answer,
        &first.credentials.secret,
        address.as_deref(),
    ) {
        return Ok(proved(first, instance));
    }
    let mut others = entries.all().iter().skip(1);
    while let Some(other) = others.find(|other| may_be_for(other, &instance, url)) {
        let Some((question, answer)) = ask(manager, other).await? else {
            break;
        };
        if proof::is_proved(
            &question,
            &answer,
            &other.credentials.secret,
            address.as_deref(),
        ) {
            return Ok(proved(other, answer.instance));
        }
        instance = answer.instance;
    }
    Ok(without_proof(entries, url))
}

/// The address and port of a URL; no proof is made for one with a name instead.
fn address(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    match url.host() {
        Some(Host::Ipv4(address)) => format!("{address}:{port}"),
        Some(Host::Ipv6(address)) => format!("[{address}]:{port}"),
        Some(Host::Domain(_)) | None => String::from("none"),
    }
}

fn may_be_for(entry: &Entry, instance: &str, url: &Url) -> bool {
    match &entry.manager {
        KnownManager::Unknown => true,
        KnownManager::At(known) => known == url.as_str(),
        KnownManager::Instance(known) => known == instance,
    }
}

fn proved(entry: &Entry, instance: String) -> Recognized {
    Recognized::As(Entry {
        manager: KnownManager::Instance(instance),
        ..entry.clone()
    })
}

/// Flamenco Managers prove nothing: those that are known by their URL, or not at all yet, are trusted by that.
fn without_proof(entries: &Entries, url: &Url) -> Recognized {
    let trusted = entries
        .all()
        .iter()
        .find(|entry| entry.trusts_unproved(url.as_str()));
    trusted.map_or(Recognized::Stranger, |entry| {
        Recognized::As(Entry {
            manager: KnownManager::At(url.to_string()),
            ..entry.clone()
        })
    })
}

/// `None` if the Manager does not understand the question, as Flamenco's.
async fn ask(
    manager: &Manager,
    entry: &Entry,
) -> Result<Option<(IdentityQuestion, ManagerIdentity)>, ClientError> {
    let question = IdentityQuestion {
        worker: entry.credentials.worker_id,
        nonce: new_secret(),
    };
    match manager.identity(&question).await {
        Ok(answer) => Ok(Some((question, answer))),
        Err(
            error @ (ClientError::Unreachable(_)
            | ClientError::Refused {
                status: 408 | 425 | 429 | 500..,
                ..
            }),
        ) => Err(error),
        Err(error) => {
            debug!(%error, "the Manager does not say which one it is");
            Ok(None)
        }
    }
}
