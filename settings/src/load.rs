//! Reading the layers: file, environment, flags.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};
use yaml_serde::{Mapping, Value};

use crate::document;
use crate::error::{Layer, SettingsError};
use crate::keys::{Key, Program};
use crate::layers::Loaded;
use crate::secrets::names_a_file;
use crate::variables::FARM_VARIABLES;

const DATA_DIR: &str = "data-dir";
pub(crate) const DATA_DIR_VARIABLE: &str = "FARANDOLE_DATA_DIR";
const CONFIG: &str = "config";
pub(crate) const CONFIG_VARIABLE: &str = "FARANDOLE_CONFIG";
const PRINT: &str = "print-config";

/// Reads the configuration of a program: `args` without the program's own name, `env` its environment, `data_dir`
/// where its data are unless a flag or variable says otherwise.
pub fn load(
    program: Program,
    args: &[OsString],
    env: &BTreeMap<String, String>,
    data_dir: &Path,
) -> Result<Loaded, SettingsError> {
    let name = OsString::from(program.name);
    let matches = command(program).try_get_matches_from(std::iter::once(&name).chain(args))?;
    let given = |flag: &str, variable: &str| {
        let flag = matches.get_one::<String>(flag).cloned();
        flag.or_else(|| env.get(variable).filter(|text| !text.is_empty()).cloned())
            .map(PathBuf::from)
    };
    let given_dir = given(DATA_DIR, DATA_DIR_VARIABLE);
    let data_dir_is_given = given_dir.is_some();
    let data_dir = given_dir.map_or_else(|| data_dir.to_owned(), |dir| data_dir.join(dir));
    let mut loaded = Loaded {
        program,
        values: BTreeMap::new(),
        actions: asked_for(program, &matches),
        warnings: Vec::new(),
        file: None,
        data_dir,
        data_dir_is_given,
    };
    loaded.read_file(given(CONFIG, CONFIG_VARIABLE))?;
    loaded.read_credentials(env)?;
    loaded.read_environment(env)?;
    loaded.read_secret_files(env)?;
    loaded.read_flags(&matches)?;
    Ok(loaded)
}

/// The command line that follows from the keys.
fn command(program: Program) -> Command {
    let keys = program.keys.iter().map(|key| {
        Arg::new(key.path)
            .long(key.flag())
            .value_name(key.kind.placeholder())
            .help(help(key))
            .help_heading("Settings")
    });
    let actions = program.actions.iter().map(|(name, help)| {
        Arg::new(*name)
            .long(*name)
            .help(*help)
            .action(ArgAction::SetTrue)
    });
    Command::new(program.name)
        .about(program.about)
        .version(program.version)
        .after_help(program.examples)
        .arg(
            Arg::new(DATA_DIR)
                .long(DATA_DIR)
                .value_name("DIR")
                .help(format!("Where its data are; relative paths are below it [env: {DATA_DIR_VARIABLE}]")),
        )
        .arg(Arg::new(CONFIG).long(CONFIG).value_name("FILE").help(format!(
            "The configuration file [default: the first of {} in the data directory] [env: {CONFIG_VARIABLE}]",
            program.files.join(", ")
        )))
        .arg(
            Arg::new(PRINT)
                .long(PRINT)
                .help("Print the configuration in force, with where each value comes from, and end")
                .action(ArgAction::SetTrue),
        )
        .args(actions)
        .args(keys)
}

fn help(key: &Key) -> String {
    let advice = key.advice();
    let advice = advice.map_or_else(String::new, |advice| format!(" ({advice})"));
    format!(
        "{}{advice} [default: {}] [env: {}]",
        key.help,
        key.default,
        key.variable()
    )
}

fn asked_for(program: Program, matches: &ArgMatches) -> BTreeSet<&'static str> {
    let names = program.actions.iter().map(|(name, _)| *name).chain([PRINT]);
    names.filter(|name| matches.get_flag(name)).collect()
}

impl Loaded {
    fn read_file(&mut self, given: Option<PathBuf>) -> Result<(), SettingsError> {
        let in_data_dir = || {
            let mut candidates = self
                .program
                .files
                .iter()
                .map(|name| self.data_dir.join(name));
            candidates.find(|path| path.exists())
        };
        let Some(path) = given.or_else(in_data_dir) else {
            return Ok(());
        };
        let text = fs::read_to_string(&path).map_err(|source| SettingsError::Unreadable {
            path: path.clone(),
            source: io::Error::new(source.kind(), source),
        })?;
        self.read_text(&path, &text)
    }

    /// Takes the values that a file has, which is read already.
    fn read_text(&mut self, path: &Path, text: &str) -> Result<(), SettingsError> {
        let tree = document::parse(text).map_err(|reason| SettingsError::NotYaml {
            path: path.to_owned(),
            reason,
        })?;
        self.read_tree(&tree, "", &Layer::File(path.to_owned()))?;
        self.file = Some(path.to_owned());
        Ok(())
    }

    /// The same layers over another text of the file: what flags and variables say stays.
    pub fn with_file(&self, path: &Path, text: &str) -> Result<Self, SettingsError> {
        let mut fresh = Self {
            values: BTreeMap::new(),
            warnings: Vec::new(),
            ..self.clone()
        };
        fresh.read_text(path, text)?;
        for (key, (value, layer)) in &self.values {
            if matches!(layer, Layer::Environment(_) | Layer::Flag(_)) {
                fresh.values.insert(key, (value.clone(), layer.clone()));
            }
        }
        Ok(fresh)
    }

    /// The file that was read, or where one would be looked for first.
    pub fn file_to_write(&self) -> PathBuf {
        let first = || {
            self.data_dir
                .join(self.program.files.first().unwrap_or(&"config.yaml"))
        };
        self.file.clone().unwrap_or_else(first)
    }

    /// The known key that was probably meant by an unknown one.
    pub fn nearest_key(&self, path: &str) -> Option<String> {
        nearest(
            path,
            self.program
                .keys
                .iter()
                .map(|key| key.path.to_owned())
                .collect(),
        )
    }

    fn read_tree(
        &mut self,
        tree: &Mapping,
        prefix: &str,
        layer: &Layer,
    ) -> Result<(), SettingsError> {
        for (name, value) in tree {
            let path = format!("{prefix}{}", name.as_str().unwrap_or("?"));
            let deeper = format!("{path}.");
            if let Some(key) = self.program.keys.iter().find(|key| key.path == path) {
                self.set(key, value, layer.clone())?;
            } else if let Value::Mapping(inner) = value
                && self
                    .program
                    .keys
                    .iter()
                    .any(|key| key.path.starts_with(&deeper))
            {
                self.read_tree(inner, &deeper, layer)?;
            } else {
                let known = self.program.keys.iter().map(|key| key.path.to_owned());
                self.warn_unknown(layer, &path, known.collect());
            }
        }
        Ok(())
    }

    fn read_environment(&mut self, env: &BTreeMap<String, String>) -> Result<(), SettingsError> {
        for (name, text) in env
            .iter()
            .filter(|(name, _)| name.starts_with("FARANDOLE_"))
        {
            if let Some(key) = self.program.keys.iter().find(|key| key.variable() == *name) {
                // As compose files have it: set to nothing is not set.
                if !text.is_empty() {
                    self.set_text(key, text, Layer::Environment(name.clone()))?;
                }
            } else if !FARM_VARIABLES.contains(&name.as_str()) && !names_a_file(name) {
                self.warn_unknown_variable(name);
            }
        }
        Ok(())
    }

    fn read_flags(&mut self, matches: &ArgMatches) -> Result<(), SettingsError> {
        for key in self.program.keys {
            if let Some(text) = matches.get_one::<String>(key.path) {
                let layer = Layer::Flag(format!("--{}", key.flag()));
                if let Some(advice) = key.advice() {
                    self.warnings
                        .push(format!("{layer}: give the secret {advice}"));
                }
                self.set_text(key, text, layer)?;
            }
        }
        Ok(())
    }

    fn warn_unknown(&mut self, layer: &Layer, name: &str, known: Vec<String>) {
        let hint =
            nearest(name, known).map_or_else(String::new, |near| format!("; did you mean {near}?"));
        self.warnings
            .push(format!("{layer}: unknown key {name}{hint}"));
    }

    /// Variables of other programs of the farm are no mistake, so only what is nearly one of ours is told.
    fn warn_unknown_variable(&mut self, name: &str) {
        let known = self.program.keys.iter().map(Key::variable).collect();
        if let Some(near) = nearest(name, known) {
            self.warnings
                .push(format!("unknown variable {name}; did you mean {near}?"));
        }
    }
}

/// The known name that was probably meant.
fn nearest(name: &str, known: Vec<String>) -> Option<String> {
    let likeness =
        |known: &String| strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
    known
        .into_iter()
        .map(|known| (likeness(&known), known))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}
