//! The names of this host.

use std::fs;

/// Where hosts list names and addresses; hosts(5).
const HOSTS: &str = "/etc/hosts";
/// Where the domains of this host's network are listed; resolv.conf(5).
const RESOLVER: &str = "/etc/resolv.conf";

/// The names of this host: its own, alone and in the domains of its network, and those that it gives to itself in
/// `/etc/hosts`. What cannot be read names nothing. Looks at the disk: for the start.
pub(crate) fn own_names() -> Vec<String> {
    let host = nix::unistd::gethostname().unwrap_or_default();
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    names(&host.to_string_lossy(), &read(HOSTS), &read(RESOLVER))
}

fn names(host: &str, hosts: &str, resolver: &str) -> Vec<String> {
    let short = host.split('.').next().unwrap_or_default();
    let mut names = vec![host.to_owned()];
    for line in resolver.lines() {
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("search" | "domain")) && !short.is_empty() {
            names.extend(words.map(|domain| format!("{short}.{}", domain.trim_matches('.'))));
        }
    }
    for line in hosts.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let given: Vec<&str> = line.split_whitespace().skip(1).collect();
        // All names of a line are names of one host: of this one, if its own name is among them.
        if given
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host) || name.eq_ignore_ascii_case(short))
        {
            names.extend(given.into_iter().map(str::to_owned));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_its_own_name_its_domains_and_what_it_calls_itself() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 render.studio.example Render # me\n10.0.0.2 other.example other\n";
        let resolver = "# search none.example\nnameserver 10.0.0.1\nsearch studio.org lan.\n";
        assert_eq!(
            names("render", hosts, resolver),
            [
                "render",
                "render.studio.org",
                "render.lan",
                "render.studio.example",
                "Render"
            ]
        );
        assert_eq!(names("render.x.org", "", ""), ["render.x.org"]);
        assert_eq!(
            names("", "127.0.0.1 localhost\n", "search example.com\n"),
            [""; 0]
        );
    }
}
