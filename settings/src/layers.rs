//! The layers on top of each other: one value per key, and where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use yaml_serde::{Mapping, Value};

use crate::error::{Layer, SettingsError};
use crate::keys::{Key, Kind, Program};
use crate::values;

/// A configuration that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub(crate) program: Program,
    pub(crate) values: BTreeMap<&'static str, (Value, Layer)>,
    pub(crate) actions: BTreeSet<&'static str>,
    /// What is no error, but should be seen: unknown keys.
    pub warnings: Vec<String>,
    /// Where the program's own data are.
    pub data_dir: PathBuf,
    /// Whether a flag or variable says where they are. If not, that is the working directory, which may be anything.
    pub data_dir_is_given: bool,
    /// The file that was read.
    pub file: Option<PathBuf>,
}

impl Loaded {
    /// Whether this action was asked for.
    pub fn asked_for(&self, action: &str) -> bool {
        self.actions.contains(action)
    }

    /// Where the value of a key comes from.
    pub fn origin(&self, path: &str) -> Layer {
        self.values
            .get(path)
            .map_or(Layer::Default, |(_, layer)| layer.clone())
    }

    /// The values as the program wants them; what no layer gives is left to the type's defaults.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        let mut tree = Mapping::new();
        for (path, (value, _)) in &self.values {
            insert(&mut tree, path, value.clone());
        }
        yaml_serde::from_value(Value::Mapping(tree)).map_err(|error| {
            let given: Vec<String> = self
                .values
                .values()
                .map(|(_, layer)| layer.to_string())
                .collect();
            let layers: BTreeSet<String> = given.into_iter().collect();
            SettingsError::Unusable(format!(
                "{error} (from {})",
                layers.into_iter().collect::<Vec<_>>().join(", ")
            ))
        })
    }

    pub(crate) fn set(
        &mut self,
        key: &Key,
        value: &Value,
        layer: Layer,
    ) -> Result<(), SettingsError> {
        self.set_normal(key, values::normal(key.kind, value), layer, value)
    }

    pub(crate) fn set_text(
        &mut self,
        key: &Key,
        text: &str,
        layer: Layer,
    ) -> Result<(), SettingsError> {
        let found = Value::String(text.to_owned());
        self.set_normal(key, values::from_text(key.kind, text), layer, &found)
    }

    fn set_normal(
        &mut self,
        key: &Key,
        normal: Option<Value>,
        layer: Layer,
        found: &Value,
    ) -> Result<(), SettingsError> {
        let Some(mut value) = normal else {
            let found = if key.secret {
                "something else".to_owned()
            } else {
                shown(found)
            };
            let expected = key.kind.expected().to_owned();
            return Err(SettingsError::BadValue {
                layer,
                key: key.path.to_owned(),
                expected,
                found,
            });
        };
        if key.kind == Kind::Path {
            value = absolute(&self.data_dir, &value);
        }
        self.values.insert(key.path, (value, layer));
        Ok(())
    }
}

/// A path as it is meant: a relative one below the data directory. No path stays none.
fn absolute(data_dir: &Path, value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => {
            Value::String(data_dir.join(text).to_string_lossy().into_owned())
        }
        _ => value.clone(),
    }
}

fn insert(tree: &mut Mapping, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            tree.insert(Value::String(path.to_owned()), value);
        }
        Some((first, rest)) => {
            let entry = tree
                .entry(Value::String(first.to_owned()))
                .or_insert_with(|| Value::Mapping(Mapping::new()));
            if let Value::Mapping(inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}

pub(crate) fn shown(value: &Value) -> String {
    let text = yaml_serde::to_string(value).unwrap_or_default();
    text.trim_end().to_owned()
}
