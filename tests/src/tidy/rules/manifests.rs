//! What manifests may and must say: crates depend downwards only, versions stand in the workspace's alone, and the
//! lints that keep the other rules are on.

use crate::tidy::Finding;

/// What each crate may not depend on. Ours are listed by what is allowed, all others by what is not.
const CRATES: [(&str, &[&str], &[&str]); 7] = [
    (
        "protocol",
        &[],
        &["actix", "diesel", "libsqlite3-sys", "rquickjs", "clap"],
    ),
    (
        "settings",
        &[],
        &[
            "actix",
            "diesel",
            "libsqlite3-sys",
            "rquickjs",
            "tokio",
            "reqwest",
        ],
    ),
    (
        "discovery",
        &[],
        &[
            "actix-web",
            "diesel",
            "libsqlite3-sys",
            "rquickjs",
            "reqwest",
            "clap",
        ],
    ),
    (
        "frames",
        &[],
        &[
            "actix",
            "diesel",
            "libsqlite3-sys",
            "rquickjs",
            "tokio",
            "tracing",
            "reqwest",
            "clap",
        ],
    ),
    (
        "manager",
        &["protocol", "discovery", "settings", "frames"],
        &[],
    ),
    (
        "worker",
        &["protocol", "discovery", "settings", "frames"],
        &["actix-web", "rquickjs", "utoipa-swagger-ui"],
    ),
    (
        "cli",
        &["protocol", "discovery", "settings", "frames"],
        &["actix", "diesel", "libsqlite3-sys", "rquickjs"],
    ),
];

/// Crates depend downwards: cli, Worker and Manager on discovery, protocol, settings and frames; only the tests on
/// all.
pub fn directions(path: &str, text: &str) -> Vec<Finding> {
    let Some((_, ours, unwanted)) = CRATES
        .iter()
        .find(|(name, ..)| path.strip_suffix("/Cargo.toml") == Some(name))
    else {
        return Vec::new();
    };
    let wrong = dependencies(text).into_iter().filter_map(|one| {
        let what = match one.name.strip_prefix("farandole-") {
            Some(own) if !ours.contains(&own) => format!("this crate does not depend on {own}"),
            None if unwanted.iter().any(|name| is_of(&one.name, name)) => {
                format!("{} has no business in this crate", one.name)
            }
            _ => return None,
        };
        Some(Finding {
            path: path.to_owned(),
            line: one.line,
            what,
        })
    });
    wrong.collect()
}

/// Members take their dependencies from the workspace, where each version stands once.
pub fn versions(path: &str, text: &str) -> Vec<Finding> {
    if !path.ends_with("/Cargo.toml") {
        return Vec::new();
    }
    let own = dependencies(text)
        .into_iter()
        .filter(|one| !one.from_workspace);
    own.map(|one| Finding {
        path: path.to_owned(),
        line: one.line,
        what: format!(
            "the version of {} belongs in the workspace's Cargo.toml",
            one.name
        ),
    })
    .collect()
}

/// What clippy, which knows types, has to forbid for us.
const FORBIDDEN: [&str; 6] = [
    "actix::Addr::do_send",
    "tokio::spawn",
    "std::thread::sleep",
    "std::process::Command::new",
    "std::sync::Mutex",
    "std::sync::RwLock",
];

/// The lints are on, everywhere.
pub fn lints(path: &str, text: &str) -> Vec<Finding> {
    let missing = |what: String| Finding {
        path: path.to_owned(),
        line: 1,
        what,
    };
    let has = |line: &str| text.lines().any(|found| found.trim() == line);
    match path {
        ".clippy.toml" => {
            let gone = FORBIDDEN
                .iter()
                .filter(|name| !text.contains(&format!("path = \"{name}\"")));
            gone.map(|name| missing(format!("{name} is to be forbidden")))
                .collect()
        }
        "Cargo.toml" => {
            let wanted = [
                "unsafe_code = \"deny\"",
                "disallowed_methods = \"deny\"",
                "disallowed_types = \"deny\"",
            ];
            let gone = wanted
                .iter()
                .filter(|lint| !text.lines().any(|line| line.trim().starts_with(*lint)));
            gone.map(|lint| missing(format!("{lint} is missing")))
                .collect()
        }
        _ if path.ends_with("/Cargo.toml") && !(has("[lints]") && has("workspace = true")) => {
            vec![missing(
                "this crate is to take the workspace's lints".to_owned(),
            )]
        }
        _ => Vec::new(),
    }
}

/// `actix` means the whole family.
fn is_of(name: &str, family: &str) -> bool {
    name == family
        || name
            .strip_prefix(family)
            .is_some_and(|rest| rest.starts_with('-'))
}

struct Dependency {
    name: String,
    line: usize,
    from_workspace: bool,
}

/// The dependencies of all kinds. Manifests here are plain enough to be read line by line.
fn dependencies(text: &str) -> Vec<Dependency> {
    let mut section = String::new();
    let mut found = Vec::new();
    for (text, line) in text.lines().map(str::trim).zip(1..) {
        if let Some(name) = text.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
            // [dependencies.name] is a dependency by itself; what follows is not looked at.
            if let Some((_, name)) = section.split_once("dependencies.") {
                found.push(Dependency {
                    name: name.to_owned(),
                    line,
                    from_workspace: false,
                });
            }
            continue;
        }
        let Some((key, value)) = text
            .split_once('=')
            .filter(|_| section.ends_with("dependencies"))
        else {
            continue;
        };
        if text.starts_with('#') {
            continue;
        }
        let (name, short) = key
            .trim()
            .split_once('.')
            .map_or((key.trim(), ""), |(name, rest)| (name, rest));
        let from_workspace = short == "workspace" || value.contains("workspace = true");
        found.push(Dependency {
            name: name.trim_matches('"').to_owned(),
            line,
            from_workspace,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&str, &str) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
        let found: Vec<usize> = rule(path, text)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(found, lines);
    }

    #[test]
    fn upward_dependencies_are_found() {
        let upward = "[dependencies]\nfarandole-manager = { workspace = true }\nfarandole-protocol.workspace = true\n";
        check(directions, "worker/Cargo.toml", upward, &[2]);
        check(directions, "cli/Cargo.toml", upward, &[2]);
        check(directions, "discovery/Cargo.toml", upward, &[2, 3]);
        check(directions, "tests/Cargo.toml", upward, &[]);
        check(
            directions,
            "cli/Cargo.toml",
            "[dev-dependencies]\nfarandole-worker = { path = \"../worker\" }",
            &[2],
        );
        check(
            directions,
            "cli/Cargo.toml",
            "[dependencies.farandole-worker]\npath = \"x\"",
            &[1],
        );
    }

    #[test]
    fn foreign_crates_in_the_wrong_place_are_found() {
        check(
            directions,
            "protocol/Cargo.toml",
            "[dependencies]\nserde = \"1\"\nactix-web = \"4\"\nactix = \"1\"",
            &[3, 4],
        );
        check(
            directions,
            "cli/Cargo.toml",
            "[target.'cfg(unix)'.dependencies]\ndiesel = \"2\"",
            &[2],
        );
        check(
            directions,
            "manager/Cargo.toml",
            "[dependencies]\nactix-web = \"4\"",
            &[],
        );
        check(
            directions,
            "protocol/Cargo.toml",
            "[features]\nactix = []\n[dependencies]\n# actix = 1",
            &[],
        );
    }

    #[test]
    fn versions_of_their_own_are_found() {
        let text = "[package]\nversion = \"1\"\n[dependencies]\na = \"1\"\nb = { workspace = true, features = [\"x\"] }\nc.workspace = true\nd = { version = \"1\" }";
        check(versions, "cli/Cargo.toml", text, &[4, 7]);
        check(versions, "Cargo.toml", text, &[]);
    }

    #[test]
    fn lints_that_are_off_are_found() {
        let whole = FORBIDDEN
            .map(|name| format!("{{ path = \"{name}\" }}\n"))
            .concat();
        check(lints, ".clippy.toml", &whole, &[]);
        check(
            lints,
            ".clippy.toml",
            &whole.replace("Addr::do_send", "x"),
            &[1],
        );
        check(lints, "cli/Cargo.toml", "[lints]\nworkspace = true", &[]);
        check(lints, "cli/Cargo.toml", "[package]\nname = \"x\"", &[1]);
        let root = "unsafe_code = \"deny\" # why\ndisallowed_methods = \"deny\"\ndisallowed_types = \"warn\"";
        check(lints, "Cargo.toml", root, &[1]);
        check(lints, "Cargo.toml", &root.replace("warn", "deny"), &[]);
    }
}
