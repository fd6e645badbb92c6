//! From variables to values: the commands of a task, and the storage's place, as one platform sees them.

use std::collections::BTreeMap;

use farandole_protocol::api::{Command, ManagerVariableAudience};
use serde_json::Value;

use super::definition::Variables;
use super::path::{self, Case, Notation};

/// Variables that name programs and their arguments.
const PROGRAMS: [&str; 3] = ["blender", "blenderArgs", "ffmpeg"];

/// Variables that name programs alone.
const PROGRAMS_OF_TASKS: [&str; 2] = ["blender", "ffmpeg"];

/// Values may contain names of one-way variables in their turn, so many deep.
const DEEPEST: usize = 4;

/// The values that hold for one audience on one platform.
#[derive(Clone, Debug)]
pub struct Resolver {
    values: BTreeMap<String, String>,
    folders: BTreeMap<String, String>,
    /// What the Manager calls a folder, and what this platform does; the longest first.
    translations: Vec<(String, String)>,
    notation: Notation,
}

impl Variables {
    /// The values for this audience on this platform.
    pub fn resolver(&self, audience: ManagerVariableAudience, platform: &str) -> Resolver {
        let (folders, values): (Vec<_>, Vec<_>) = self
            .of(audience, platform)
            .partition(|(_, _, is_twoway)| *is_twoway);
        let owned = |list: Vec<(&str, &str, bool)>| -> BTreeMap<String, String> {
            let pairs = list.into_iter();
            pairs
                .map(|(name, value, _)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        let (folders, values) = (owned(folders), owned(values));
        let mut translations: Vec<(String, String)> = self
            .folders(audience, &self.manager_platform)
            .filter_map(|(name, ours)| {
                let theirs = folders.get(name).filter(|theirs| !theirs.is_empty())?;
                Some((ours.to_owned(), theirs.clone()))
            })
            .collect();
        // A stable sort: of equally long ones the first by name stays the first.
        translations.sort_by_key(|(ours, _)| std::cmp::Reverse(ours.len()));
        Resolver {
            values,
            folders,
            translations,
            notation: Notation::of(platform),
        }
    }

    /// The programs that tasks run on Workers of this platform: the names of their variables, and what is run.
    pub fn programs(&self, platform: &str) -> Vec<(&'static str, String)> {
        let resolver = self.resolver(ManagerVariableAudience::Workers, platform);
        let named = PROGRAMS_OF_TASKS.iter().map(|name| {
            let command = resolver.values.get(*name).filter(|it| !it.is_empty());
            // Job types run a program by its name where the farm has no variable for it.
            (
                *name,
                command.map_or_else(|| (*name).to_owned(), |it| resolver.text(it)),
            )
        });
        named.collect()
    }

    /// Where the jobs' files are for this audience on this platform.
    pub fn storage_location(&self, audience: ManagerVariableAudience, platform: &str) -> String {
        self.resolver(audience, platform).text(&self.storage)
    }
}

impl Resolver {
    /// Resolves the parameters of these commands that are text or lists with text in them.
    pub fn commands(&self, commands: &mut [Command]) {
        let parameters = commands
            .iter_mut()
            .flat_map(|it| it.parameters.values_mut());
        for parameter in parameters {
            if let Value::Array(items) = parameter {
                for item in items {
                    self.value(item);
                }
            } else {
                self.value(parameter);
            }
        }
    }

    fn value(&self, value: &mut Value) {
        if let Value::String(text) = value {
            *text = self.text(text);
        }
    }

    /// Resolves one text. If it names a folder, or begins with one of the Manager's, the whole of it is written as a path
    /// of the platform; otherwise only the names in it are replaced.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // Inside a path, what looks like the name of a program or of another folder is a part of a file's name.
        let is_path = path::is_absolute(text.as_str()) || self.begins_with_folder(&text);
        let is_program = |name: &str| PROGRAMS.contains(&name);
        for _ in 0..DEEPEST {
            match replaced(&text, &self.values, |name| is_path && is_program(name)) {
                Some(next) if next != text => text = next,
                _ => break,
            }
        }
        let begins_with_folder = self.begins_with_folder(&text);
        let text = self.with_root_of_drive(text);
        let named = replaced(&text, &self.folders, |_| is_path);
        // What began with a name is this platform's path already and not the Manager's.
        let translated = match &named {
            Some(_) if begins_with_folder => None,
            Some(text) => self.translated(text),
            None => self.translated(&text),
        };
        match translated.or(named) {
            Some(path) => path::written(&path, self.notation),
            None => text,
        }
    }

    fn begins_with_folder(&self, text: &str) -> bool {
        let mut names = self.folders.keys();
        names.any(|name| rest_after_name(text, name).is_some())
    }

    /// `{drive}a` means what is in the root of the drive, `F:a` what is in its current folder.
    fn with_root_of_drive(&self, text: String) -> String {
        if self.notation != Notation::Windows {
            return text;
        }
        let rest = self.folders.iter().find_map(|(name, folder)| {
            let rest = rest_after_name(&text, name)?;
            (path::is_drive(folder) && !rest.is_empty()).then_some((name, rest))
        });
        match rest {
            Some((name, rest)) => format!("{{{name}}}\\{rest}"),
            None => text,
        }
    }

    fn translated(&self, path: &str) -> Option<String> {
        self.translations.iter().find_map(|(ours, theirs)| {
            let rest = path::below(path, ours, Case::Counts)?;
            let joint = if rest.is_empty() || rest.starts_with(path::is_separator) {
                ""
            } else {
                "/"
            };
            Some(format!("{theirs}{joint}{rest}"))
        })
    }
}

/// What follows the name of the variable at the beginning of the text.
fn rest_after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix('{')?
        .strip_prefix(name)?
        .strip_prefix('}')
}

/// The text with all names in it replaced by their values, or `None` when there are none. Unknown names stay, and so
/// do those that are `literal`, except at the beginning.
fn replaced(
    text: &str,
    values: &BTreeMap<String, String>,
    literal: impl Fn(&str) -> bool,
) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut any = false;
    while let Some(open) = rest.find('{') {
        let (before, from_brace) = rest.split_at(open);
        out.push_str(before);
        let name = from_brace.get(1..).and_then(|it| it.split_once('}'));
        let is_first = !any && out.is_empty();
        let value = name
            .filter(|(name, _)| is_first || !literal(name))
            .and_then(|(name, after)| Some((values.get(name)?, after)));
        if let Some((value, after)) = value {
            out.push_str(value);
            rest = after;
            any = true;
        } else {
            out.push('{');
            rest = from_brace.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    any.then_some(out)
}
