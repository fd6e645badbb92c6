//! Pure: the credentials of a Worker, and which Manager each of them is for.

use farandole_protocol::client::Credentials;
use farandole_protocol::time::Timestamp;

/// The Managers that a Worker remembers at most. A stranger that has a Worker register again and again must not make
/// the file grow, or have the true Manager forgotten.
const MOST: usize = 32;

/// The Manager that credentials are for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KnownManager {
    /// It was not written down: the file is of Flamenco, or of an earlier version.
    Unknown,
    /// The one at this URL, which has not proved who it is, as Flamenco's cannot.
    At(String),
    /// The one with this id, which has proved that it knows the secret. The secret is shown to no other, and never
    /// again without a proof.
    Instance(String),
}

/// Credentials and whom they are for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The credentials.
    pub credentials: Credentials,
    /// The Manager.
    pub manager: KnownManager,
    /// When the Worker registered there; absent in files of earlier versions.
    pub registered: Option<Timestamp>,
}

impl Entry {
    /// Whether a Manager at this URL that proves nothing may be shown the secret.
    pub fn trusts_unproved(&self, url: &str) -> bool {
        match &self.manager {
            KnownManager::Unknown => true,
            KnownManager::At(known) => known == url,
            KnownManager::Instance(_) => false,
        }
    }
}

/// All credentials of a Worker, those that were used last first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Entries(Vec<Entry>);

impl Entries {
    /// These.
    pub fn new(current: Entry, others: impl IntoIterator<Item = Entry>) -> Self {
        Self(std::iter::once(current).chain(others).take(MOST).collect())
    }

    /// All of them.
    pub fn all(&self) -> &[Entry] {
        &self.0
    }

    /// This entry is used now: it comes first, in the place of the one with the same credentials. That of the same
    /// Worker's id with another secret stays: a stranger can make up any id. If there are too many, the one for the
    /// Manager that the Worker has met last is forgotten, never one that it has known for long.
    pub fn use_now(&mut self, entry: Entry) {
        self.0
            .retain(|other| other.credentials != entry.credentials);
        if self.0.len() >= MOST {
            let newest = self
                .0
                .iter()
                .enumerate()
                .max_by_key(|(_, it)| it.registered);
            if let Some((index, _)) = newest {
                self.0.remove(index);
            }
        }
        self.0.insert(0, entry);
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::WorkerId;

    use super::*;

    fn entry(manager: KnownManager, registered: Option<&str>) -> Entry {
        Entry {
            credentials: Credentials {
                worker_id: WorkerId::random(),
                secret: "secret".to_owned(),
            },
            manager,
            registered: registered.map(|time| time.parse().unwrap()),
        }
    }

    #[test]
    fn only_a_manager_that_never_proved_itself_is_trusted_without_a_proof() {
        let trusts = |manager| entry(manager, None).trusts_unproved("http://there/");
        assert!(trusts(KnownManager::Unknown));
        assert!(trusts(KnownManager::At("http://there/".to_owned())));
        assert!(!trusts(KnownManager::At("http://elsewhere/".to_owned())));
        assert!(!trusts(KnownManager::Instance("id".to_owned())));
    }

    #[test]
    fn what_is_used_comes_first_and_is_there_once() {
        let (one, other) = (
            entry(KnownManager::Unknown, None),
            entry(KnownManager::Unknown, None),
        );
        let mut entries = Entries::new(one.clone(), [other.clone()]);
        entries.use_now(other.clone());
        assert_eq!(entries.all(), [other, one]);
    }

    #[test]
    fn a_stranger_that_gives_the_same_id_replaces_nothing() {
        let known = entry(KnownManager::Instance("known".to_owned()), None);
        let mut stranger = entry(KnownManager::At("http://there/".to_owned()), None);
        stranger.credentials.worker_id = known.credentials.worker_id;
        stranger.credentials.secret = "another".to_owned();
        let mut entries = Entries::new(known.clone(), []);
        entries.use_now(stranger.clone());
        assert_eq!(entries.all(), [stranger, known]);
    }

    #[test]
    fn many_strangers_do_not_push_out_the_manager_that_was_known_first() {
        let known = entry(
            KnownManager::Instance("known".to_owned()),
            Some("2026-01-01T00:00:00Z"),
        );
        let mut entries = Entries::new(known.clone(), []);
        for minute in 0..2 * MOST {
            let time = format!("2026-02-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
            let stranger = KnownManager::Instance(format!("stranger {minute}"));
            entries.use_now(entry(stranger, Some(&time)));
            // The known one is used in between.
            entries.use_now(known.clone());
        }
        assert_eq!(entries.all().len(), MOST);
        assert_eq!(entries.all()[0], known);
    }
}
