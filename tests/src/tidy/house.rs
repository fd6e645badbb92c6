//! Walks through the project and lets every rule look at everything that is its business.

use std::path::Path;
use std::{fs, io};

use super::finding::Finding;
use super::rules::{logs, manifests, repository, sources, texts};
use super::source::Source;

/// What is not ours, or not written by hand.
const PASSED_OVER: [&str; 5] = [".git", "target", "node_modules", "vendor", "contract"];

/// All findings in the project at this root, by rule.
pub fn check(root: &Path) -> io::Result<Vec<(&'static str, Vec<Finding>)>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    let (parsed, unreadable) = parse_all(&files);
    let mut findings = vec![("every file parses", unreadable)];
    findings.push((
        "the root holds what it should",
        repository::top_level(&names(root)?),
    ));
    for (name, rule) in sources::ALL {
        findings.push((name, parsed.iter().flat_map(rule).collect()));
    }
    findings.push(("known names are used", logs::unused(&parsed)));
    let of_files = |rule: fn(&str, &str) -> Vec<Finding>| {
        files
            .iter()
            .flat_map(move |(path, text)| rule(path, text))
            .collect()
    };
    findings.push(("crates depend downwards", of_files(manifests::directions)));
    findings.push(("lints are on", of_files(manifests::lints)));
    findings.push(("versions stand in one place", of_files(manifests::versions)));
    findings.push(("no machine's paths", of_files(texts::machine_paths)));
    Ok(findings)
}

/// All text files, as (path from the root, text), in order.
fn walk(folder: &Path, below: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type()?;
        if PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), &path, files)?;
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push((path, text));
        }
    }
    Ok(())
}

fn parse_all(files: &[(String, String)]) -> (Vec<Source>, Vec<Finding>) {
    let mut parsed = Vec::new();
    let mut unreadable = Vec::new();
    let rust = files.iter().filter(|(path, _)| {
        Path::new(path)
            .extension()
            .is_some_and(|ending| ending == "rs")
    });
    for (path, text) in rust {
        match Source::parse(path, text, false) {
            Ok(source) => parsed.push(source),
            Err(error) => unreadable.push(Finding {
                path: path.clone(),
                line: error.span().start().line,
                what: error.to_string(),
            }),
        }
    }
    // Whether a file is test code stands in another one, which may come later.
    let for_tests: Vec<String> = parsed.iter().flat_map(Source::test_modules).collect();
    for source in &mut parsed {
        let is = |module: &String| {
            source
                .path
                .strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        if for_tests.iter().any(is)
            && let Ok(again) = Source::parse(&source.path, &source.text, true)
        {
            *source = again;
        }
    }
    (parsed, unreadable)
}

fn names(root: &Path) -> io::Result<Vec<String>> {
    let ignored = fs::read_to_string(root.join(".gitignore"))?;
    let is_ignored = |name: &String| {
        ignored
            .lines()
            .any(|line| line.trim_start_matches('/').trim_end_matches('/') == name)
    };
    let names: io::Result<Vec<String>> = fs::read_dir(root)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect();
    Ok(names?
        .into_iter()
        .filter(|name| name != ".git" && !is_ignored(name))
        .collect())
}
