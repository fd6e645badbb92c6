//! What variables there are, and which value of each is meant for whom.

use std::collections::BTreeMap;

use farandole_protocol::api::{ManagerVariable, ManagerVariableAudience, ManagerVariables};

use super::path;

/// The platform of values that hold for all platforms without a value of their own.
const ANY_PLATFORM: &str = "all";

/// The name of the variable that always is there: where the Manager keeps the files of jobs.
const JOBS: &str = "jobs";

/// A variable as it is configured.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct VariableDefinition {
    /// Whether it stands for a folder, so that its value is replaced by its name in submitted jobs.
    pub is_twoway: bool,
    /// Its values. Of several for the same audience and platform the last one holds.
    pub values: Vec<VariableValue>,
}

/// One value of a variable, and whom it is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VariableValue {
    /// For whom.
    pub audience: Audience,
    /// For which platforms, as Go names them (`linux`, `windows`, `darwin`), or `all`.
    pub platforms: Vec<String>,
    /// The value.
    pub value: String,
}

/// For whom a value is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Audience {
    /// Everybody.
    #[default]
    All,
    /// Programs that render.
    Workers,
    /// People.
    Users,
}

impl Audience {
    fn includes(self, one: ManagerVariableAudience) -> bool {
        match self {
            Self::All => true,
            Self::Workers => one == ManagerVariableAudience::Workers,
            Self::Users => one == ManagerVariableAudience::Users,
        }
    }
}

/// All variables of a farm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Variables {
    definitions: BTreeMap<String, VariableDefinition>,
    pub(super) storage: String,
    pub(super) manager_platform: String,
}

impl Variables {
    /// The configured variables, and `jobs`: the folder in which the Manager, which runs on this platform, keeps the
    /// files of jobs. A configured variable of that name is not used.
    pub fn new(
        mut definitions: BTreeMap<String, VariableDefinition>,
        storage: String,
        manager_platform: String,
    ) -> Self {
        let jobs = VariableDefinition {
            is_twoway: false,
            values: vec![VariableValue {
                audience: Audience::All,
                platforms: vec![ANY_PLATFORM.to_owned()],
                value: storage.clone(),
            }],
        };
        definitions.insert(JOBS.to_owned(), jobs);
        Self {
            definitions,
            storage,
            manager_platform,
        }
    }

    /// The variables that have a value for this audience and platform, as the interface shows them.
    pub fn shown(&self, audience: ManagerVariableAudience, platform: &str) -> ManagerVariables {
        let shown = self.of(audience, platform).map(|(name, value, is_twoway)| {
            let value = value.to_owned();
            (name.to_owned(), ManagerVariable { value, is_twoway })
        });
        ManagerVariables(shown.collect())
    }

    /// Name, value and direction of each variable that has a value for this audience and platform.
    pub(super) fn of<'a>(
        &'a self,
        audience: ManagerVariableAudience,
        platform: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str, bool)> {
        self.definitions
            .iter()
            .filter_map(move |(name, definition)| {
                let value = definition.value(audience, platform)?;
                Some((name.as_str(), value, definition.is_twoway))
            })
    }

    /// The two-way variables among them, with the folder that each stands for.
    pub(super) fn folders<'a>(
        &'a self,
        audience: ManagerVariableAudience,
        platform: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.of(audience, platform)
            .filter(|(_, folder, is_twoway)| *is_twoway && !folder.is_empty())
            .map(|(name, folder, _)| (name, folder))
    }
}

impl VariableDefinition {
    fn value(&self, audience: ManagerVariableAudience, platform: &str) -> Option<&str> {
        let of_platform = |wanted: &str| {
            self.values.iter().rfind(|it| {
                it.audience.includes(audience) && it.platforms.iter().any(|one| one == wanted)
            })
        };
        let value = of_platform(platform).or_else(|| of_platform(ANY_PLATFORM))?;
        Some(if self.is_twoway {
            path::without_trailing_separators(&value.value)
        } else {
            &value.value
        })
    }
}
