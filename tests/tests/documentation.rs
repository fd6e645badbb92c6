//! What people read and deploy agrees with what the programs do: settings, defaults, images, ports.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests end where something goes wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use farandole_manager::config::{AFTER_RESTART, NOT_OVER_HTTP};
use farandole_protocol::api::{Consequence, FindingClass};
use farandole_settings::{Program, markdown};
use serde::Deserialize;
use yaml_serde::{Deserializer, Value};

const PROGRAMS: [&Program; 2] = [
    &farandole_manager::config::PROGRAM,
    &farandole_worker::config::PROGRAM,
];

/// What only compose files and stacks know.
const OF_COMPOSE: [&str; 5] = [
    "FARANDOLE_IMAGE_PREFIX",
    "FARANDOLE_PORT",
    "FARANDOLE_STORAGE",
    "FARANDOLE_USER",
    "FARANDOLE_VERSION",
];

/// What every program takes, and is no key of a file.
const OF_ALL: [&str; 2] = ["FARANDOLE_CONFIG", "FARANDOLE_DATA_DIR"];

const OPENING: &str = "\
# Settings

Every setting can stand in a file, in the environment, or on the command line; the later wins. A variable that is set to
nothing is not set. `--print-config` shows what is in force and where each value comes from. Durations have their unit
with them. What only `docker-compose.yml` knows is in [.env.example](../.env.example).

This page is made from the programs: `UPDATE=1 cargo test -p farandole-tests --test documentation`.
";

const CHANGING: &str = "\
The Manager's settings can be changed while it runs, on its own host: `PUT /api/v3/configuration/file` takes keys as JSON, merges
them into the file and puts them in force; what a flag or variable says stays in force. Password and the like are shown as
`(hidden)`, and stay when that is sent back; `null` takes a key out of the file. `GET` shows the keys that Flamenco has, too, and all
with `?all=true`. In force after the next start only: ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of a folder and below, by their paths within the project.
fn below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// All that is deployed, in YAML.
fn yaml_files() -> Vec<String> {
    let mut files = below("deploy");
    files.push("docker-compose.yml".to_owned());
    files
}

fn documents(path: &str) -> Vec<Value> {
    Deserializer::from_str(&read(path))
        .map(|document| {
            Value::deserialize(document).unwrap_or_else(|error| panic!("{path}: {error}"))
        })
        .collect()
}

/// The names in a text that begin as our variables do.
fn variables(text: &str) -> BTreeSet<&str> {
    let part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.split(|c| !part(c))
        .filter(|word| word.len() > "FARANDOLE_".len() && word.starts_with("FARANDOLE_"))
        .collect()
}

/// The texts that stand under this name, at any depth.
fn under<'a>(name: &str, value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                if key.as_str() == Some(name) {
                    found.extend(value.as_str());
                }
                under(name, value, found);
            }
        }
        Value::Sequence(values) => values.iter().for_each(|value| under(name, value, found)),
        Value::Tagged(tagged) => under(name, &tagged.value, found),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_page_of_settings_is_that_of_the_programs() {
    let sections: Vec<String> = PROGRAMS.iter().map(|program| markdown(program)).collect();
    let list = |keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        keys.join(", ")
    };
    let changing = format!(
        "{CHANGING}{}.\n\nNot taken over HTTP, since they say which programs run, which files are read and who may \
         call: {}. The file, the environment and flags say so.\n",
        list(AFTER_RESTART),
        list(NOT_OVER_HTTP)
    );
    let page = format!("{OPENING}\n{changing}\n{}", sections.join("\n"));
    let path = root().join("docs/configuration.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/configuration.md is out of date: UPDATE=1 cargo test -p farandole-tests --test documentation"
    );
}

#[test]
fn every_variable_that_is_named_exists() {
    let known: BTreeSet<String> = PROGRAMS
        .iter()
        .flat_map(|program| program.keys)
        .flat_map(|key| {
            let file = key.secret.then(|| key.file_variable());
            file.into_iter().chain([key.variable()])
        })
        .chain(
            OF_COMPOSE
                .iter()
                .chain(&OF_ALL)
                .map(|name| (*name).to_owned()),
        )
        .collect();
    let mut files = yaml_files();
    files.extend(below("docs"));
    files.extend([".env.example", "Dockerfile", "README.md"].map(str::to_owned));
    let mut count = 0;
    for file in files {
        let text = read(&file);
        let names = variables(&text);
        count += names.len();
        let unknown: Vec<&str> = names
            .into_iter()
            .filter(|name| !known.contains(*name))
            .collect();
        assert!(
            unknown.is_empty(),
            "{file} names {unknown:?}, which no program knows"
        );
    }
    assert!(count > 50, "only {count} variables are named");
}

#[test]
fn the_table_of_findings_says_what_follows() {
    let page = read("docs/outputs.md");
    for class in FindingClass::ALL {
        let follows = match class.default_consequence() {
            Consequence::NotSubmitted => "it is not submitted",
            Consequence::FailsJob => "the job fails",
            Consequence::FailsTask => "the task fails",
            Consequence::Warning => "a warning",
        };
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{class}` |")))
            .unwrap_or_else(|| panic!("docs/outputs.md does not list {class}"));
        assert!(row.ends_with(&format!("| {follows} |")), "{row}");
    }
    let takes = page.lines().find(|line| line.starts_with("It takes `"));
    let takes = takes.unwrap().split_once(". ").unwrap().0;
    let said: BTreeSet<&str> = takes.split('`').skip(1).step_by(2).collect();
    let can_be_allowed = FindingClass::ALL
        .iter()
        .filter(|class| {
            // The client refuses a private output, and the Manager warns of it.
            let differs = class.default_consequence() != Consequence::Warning;
            class.can_be_allowed() && (differs || **class == FindingClass::PrivateOutput)
        })
        .map(|class| class.as_str())
        .collect();
    assert_eq!(said, can_be_allowed);
}

#[test]
fn the_example_names_the_defaults_of_the_programs() {
    let defaults: BTreeMap<String, &str> = PROGRAMS
        .iter()
        .flat_map(|program| program.keys)
        // What a container is for, or what has no default to be shown.
        .filter(|key| !["ephemeral", "manager_url"].contains(&key.path))
        .map(|key| (key.variable(), key.default))
        .collect();
    let text = read(".env.example");
    let mut compared = 0;
    for (name, value) in text
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
    {
        let Some(default) = defaults.get(name) else {
            continue;
        };
        let same = plain(default) == plain(value);
        assert!(
            same,
            ".env.example says {name}={value}, but the default is {default}"
        );
        compared += 1;
    }
    assert!(compared > 5, "only {compared} defaults were compared");
}

/// A default as people write it: no brackets around a list, no zero units in a duration.
fn plain(value: &str) -> String {
    let value = value.trim_matches(['[', ']']).replace(", ", ",");
    let value = value
        .strip_suffix("m0s")
        .map_or(value.clone(), |rest| format!("{rest}m"));
    value
        .strip_suffix("h0m")
        .map_or(value.clone(), |rest| format!("{rest}h"))
}

#[test]
fn whatever_is_deployed_names_our_images_and_our_port() {
    let mut images = BTreeSet::new();
    for file in yaml_files() {
        let text = read(&file);
        for document in documents(&file) {
            let mut found = Vec::new();
            under("image", &document, &mut found);
            for image in found {
                let image = image.trim_start_matches("${FARANDOLE_IMAGE_PREFIX:-}");
                let (name, _) = image.split_once(':').unwrap_or((image, ""));
                assert!(
                    ["farandole-manager", "farandole-worker"].contains(&name),
                    "{file} names the image {image}"
                );
                images.insert(name.to_owned());
            }
            let mut managers = Vec::new();
            under("FARANDOLE_MANAGER", &document, &mut managers);
            assert!(
                managers.iter().all(|url| {
                    ["http://manager:8080", "http://tasks.manager:8080"].contains(url)
                }),
                "{file} looks for the Manager at {managers:?}"
            );
        }
        if text.contains("farandole-manager:") || text.contains("image: farandole-manager") {
            assert!(text.contains("8080"), "{file} does not open the port 8080");
        }
    }
    assert_eq!(images.len(), 2, "{images:?}");
    let listen = farandole_manager::config::PROGRAM
        .keys
        .iter()
        .find(|key| key.path == "listen");
    assert_eq!(listen.unwrap().default, ":8080");
    let kubernetes = read("deploy/kubernetes/manager.yaml");
    assert!(kubernetes.contains(farandole_protocol::paths::HEALTHZ));
    assert!(kubernetes.contains(farandole_protocol::paths::READYZ));
}

#[test]
fn the_tests_that_the_page_on_security_names_exist() {
    let page = read("docs/security.md");
    let named: Vec<_> = page
        .split('`')
        .filter_map(|part| part.split_once(".rs::"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    for (file, test) in named {
        let path = format!("{file}.rs");
        assert!(
            read(&path).contains(&format!("fn {test}()")),
            "{path} has no test {test}"
        );
    }
}
