//! Pure: the page of the documentation that lists what a program can be told.

use std::fmt::Write;

use crate::keys::{Key, Kind, Program};
use crate::load::{CONFIG_VARIABLE, DATA_DIR_VARIABLE};

/// A section of a page in Markdown: every setting of the program, under all of its names.
pub fn markdown(program: &Program) -> String {
    let files: Vec<String> = program
        .files
        .iter()
        .map(|file| format!("`{file}`"))
        .collect();
    let mut out = format!(
        "## {}\n\n{}. File: the first of {} in the data directory.\n\n\
         | Variable | Key in the file | Flag | Default | Kind | What it does |\n|---|---|---|---|---|---|\n\
         | `{DATA_DIR_VARIABLE}` | | `--data-dir` | the working directory | path | Where its data are; relative paths are below it |\n\
         | `{CONFIG_VARIABLE}` | | `--config` | see above | path | The configuration file |\n",
        program.name,
        program.about,
        files.join(", ")
    );
    for key in program.keys {
        // Writing to a String cannot fail.
        let written = writeln!(
            out,
            "| `{}` | `{}` | `--{}` | {} | {} | {} |",
            key.variable(),
            key.path,
            key.flag(),
            default(key),
            kind(key.kind),
            cell(&advised(key)),
        );
        debug_assert!(written.is_ok());
    }
    out
}

fn advised(key: &Key) -> String {
    match key.advice() {
        Some(advice) => format!("{}; {advice}", key.help),
        None => key.help.to_owned(),
    }
}

fn default(key: &Key) -> String {
    if key.default.is_empty() {
        "none".to_owned()
    } else {
        format!("`{}`", cell(key.default))
    }
}

/// In a table, a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Path => "path",
        Kind::Bool => "`true` or `false`",
        Kind::Int => "whole number",
        Kind::Duration => "duration, as `90s`, `1m30s`, `24h`",
        Kind::List => "list, with commas",
        Kind::Yaml => "YAML",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_listed_under_all_of_its_names() {
        const KEYS: &[Key] = &[
            Key::new("shaman.enabled", Kind::Bool, "true", "Yes | no"),
            Key::new("manager_url", Kind::Text, "", "Where"),
        ];
        let page = markdown(&Program {
            name: "it",
            about: "What it is",
            version: "1",
            keys: KEYS,
            files: &["it.yaml"],
            actions: &[],
            examples: "",
        });
        assert!(page.contains("| `FARANDOLE_SHAMAN_ENABLED` | `shaman.enabled` | `--shaman-enabled` | `true` | `true` or `false` | Yes \\| no |"), "{page}");
        assert!(page.contains(
            "| `FARANDOLE_MANAGER` | `manager_url` | `--manager` | none | text | Where |"
        ));
    }
}
