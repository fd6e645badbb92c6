//! Pure: the Managers that answered a search, in the order in which they did, until one of them is chosen.
//!
//! The earliest that can be used wins, also when a later one was quicker to prove that it can: a Manager sends its
//! best address first. One that cannot be used is forgotten, so that its next answer gives it another chance.

use url::Url;

/// More than any network has; without a bound a hostile one could make a Worker ping the whole world.
const MOST: usize = 32;

/// The Managers heard of so far.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// With whether it is known to be usable.
    heard: Vec<(Url, bool)>,
    refused: Vec<Url>,
}

impl Candidates {
    /// Takes in what a packet named as LOCATION. Gives the Manager's URL if it is to be pinged.
    ///
    /// `here` says whether the packet came from this very host: for any other a loopback address would lead to
    /// whatever listens on ours.
    pub(crate) fn hear(&mut self, location: &str, here: bool) -> Option<Url> {
        let url = manager_url(location)?;
        let known = self.heard.iter().any(|(known, _)| *known == url);
        if known || self.heard.len() >= MOST || (is_loopback(&url) && !here) {
            return None;
        }
        self.heard.push((url.clone(), false));
        Some(url)
    }

    /// Takes in how a ping ended. Gives the Manager to use, when no earlier one is still being pinged.
    pub(crate) fn settle(&mut self, url: &Url, usable: bool) -> Option<Url> {
        if usable {
            self.heard
                .iter_mut()
                .filter(|(known, _)| known == url)
                .for_each(|(_, state)| *state = true);
        } else {
            self.heard.retain(|(known, _)| known != url);
            if !self.refused.contains(url) && self.refused.len() < MOST {
                self.refused.push(url.clone());
            }
        }
        self.heard
            .first()
            .filter(|(_, usable)| *usable)
            .map(|(url, _)| url.clone())
    }

    /// All that were heard and proved of no use, and those still unproved.
    pub(crate) fn unusable(self) -> Vec<Url> {
        let mut all = self.refused;
        for (url, _) in self.heard {
            if !all.contains(&url) {
                all.push(url);
            }
        }
        all
    }
}

/// Whether the URL leads to the host of whoever opens it.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The Manager's URL from that of its description: the same without path.
fn manager_url(location: &str) -> Option<Url> {
    let mut url = Url::parse(location)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(candidates: &mut Candidates, host: &str) -> Url {
        candidates
            .hear(&format!("http://{host}:8080/upnp/description.xml"), false)
            .unwrap()
    }

    #[test]
    fn the_first_that_answered_wins_over_the_quicker_ping() {
        let mut candidates = Candidates::default();
        let (a, b, c) = (
            hear(&mut candidates, "a"),
            hear(&mut candidates, "b"),
            hear(&mut candidates, "c"),
        );
        assert_eq!(candidates.settle(&c, true), None);
        assert_eq!(candidates.settle(&b, true), None);
        assert_eq!(candidates.settle(&a, false), Some(b));
    }

    #[test]
    fn one_that_cannot_be_used_gets_another_chance() {
        let mut candidates = Candidates::default();
        let a = hear(&mut candidates, "a");
        assert_eq!(
            candidates.hear("http://a:8080/again", false),
            None,
            "still being pinged"
        );
        assert_eq!(candidates.settle(&a, false), None);
        assert_eq!(hear(&mut candidates, "a"), a);
        assert_eq!(candidates.settle(&a, true), Some(a));
    }

    #[test]
    fn the_path_is_dropped() {
        let url =
            Candidates::default().hear("http://u.example:1/upnp/description.xml?x=1#y", false);
        assert_eq!(url.unwrap().as_str(), "http://u.example:1/");
    }

    #[test]
    fn another_hosts_loopback_is_not_ours() {
        for location in [
            "http://127.0.0.1:8080/x",
            "http://localhost:8080/x",
            "http://[::1]:8080/x",
        ] {
            assert_eq!(
                Candidates::default().hear(location, false),
                None,
                "{location}"
            );
            assert!(
                Candidates::default().hear(location, true).is_some(),
                "{location}"
            );
        }
    }

    #[test]
    fn nonsense_is_not_a_candidate() {
        for location in ["", "x", "file:///etc/passwd", "ftp://a/", "http://"] {
            assert_eq!(
                Candidates::default().hear(location, true),
                None,
                "{location}"
            );
        }
    }

    #[test]
    fn there_is_a_limit_to_what_is_pinged_at_once() {
        let mut candidates = Candidates::default();
        let heard = (0..1000)
            .filter_map(|n| candidates.hear(&format!("http://h{n}/"), false))
            .count();
        assert_eq!(heard, MOST);
    }

    #[test]
    fn what_was_no_use_is_told() {
        let mut candidates = Candidates::default();
        let (a, b) = (hear(&mut candidates, "a"), hear(&mut candidates, "b"));
        for _ in 0..2 {
            candidates.settle(&a, false);
            hear(&mut candidates, "a");
        }
        assert_eq!(candidates.unusable(), [a, b]);
    }
}
