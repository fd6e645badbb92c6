//! The root of the project holds what newcomers expect there, and nothing that somebody forgot.

use crate::tidy::Finding;

const NAMES: [&str; 31] = [
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".dockerignore",
    ".env.example",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "cli",
    "discovery",
    "demo",
    "deploy",
    "docker-compose.yml",
    "docs",
    "examples",
    "farm",
    "frames",
    "manager",
    "protocol",
    "rust-toolchain.toml",
    "settings",
    "tests",
    "worker",
];

/// Each name at the root is a known one. A new one is added here, on purpose.
pub fn top_level(names: &[String]) -> Vec<Finding> {
    let unknown = names.iter().filter(|name| !NAMES.contains(&name.as_str()));
    unknown
        .map(|name| Finding {
            path: name.clone(),
            line: 1,
            what: "what is this doing in the project's root?".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_knows_is_found() {
        let names = ["Cargo.toml", "notes.txt", "manager"].map(str::to_owned);
        let found: Vec<String> = top_level(&names)
            .into_iter()
            .map(|finding| finding.path)
            .collect();
        assert_eq!(found, ["notes.txt"]);
    }
}
