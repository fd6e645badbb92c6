//! What variables there are, and which value of each is meant for whom.

use std::collections::BTreeMap;

use farandole_protocol::api::{ManagerVariable, ManagerVariableAudience, ManagerVariables};

use super::path;
use crate::config::{Audience, Variable, VariableValue};

/// The platform of values that hold for all platforms without a value of their own.
const ANY_PLATFORM: &str = "all";

/// The name of the variable that always is there: where the Manager keeps the files of jobs.
const JOBS: &str = "jobs";

/// All variables of a farm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Variables {
    definitions: BTreeMap<String, Variable>,
    pub(super) storage: String,
    pub(super) manager_platform: String,
}

impl Variables {
    /// The configured variables, and `jobs`: the folder in which the Manager, which runs on this platform, keeps the
    /// files of jobs. A configured variable of that name is not used.
    pub fn new(
        mut definitions: BTreeMap<String, Variable>,
        storage: String,
        manager_platform: String,
    ) -> Self {
        let jobs = Variable {
            is_twoway: false,
            values: vec![VariableValue {
                audience: Audience::All,
                platform: Some(ANY_PLATFORM.to_owned()),
                platforms: Vec::new(),
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
                let value = value_for(definition, audience, platform)?;
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

    /// The folders that two-way variables stand for, for any audience on any platform.
    pub(super) fn two_way_values(&self) -> impl Iterator<Item = &str> {
        let two_way = self.definitions.values().filter(|it| it.is_twoway);
        let values = two_way.flat_map(|variable| &variable.values);
        values.map(|value| path::without_trailing_separators(&value.value))
    }
}

/// The value of the variable: of several for the same audience and platform the last one.
fn value_for<'a>(
    variable: &'a Variable,
    audience: ManagerVariableAudience,
    platform: &str,
) -> Option<&'a str> {
    let for_platform = |wanted: &str| {
        variable
            .values
            .iter()
            .rfind(|value| is_for(value.audience, audience) && names(value, wanted))
    };
    let found = for_platform(platform).or_else(|| for_platform(ANY_PLATFORM))?;
    Some(if variable.is_twoway {
        path::without_trailing_separators(&found.value)
    } else {
        &found.value
    })
}

fn is_for(audience: Audience, one: ManagerVariableAudience) -> bool {
    match audience {
        Audience::All => true,
        Audience::Workers => one == ManagerVariableAudience::Workers,
        Audience::Users => one == ManagerVariableAudience::Users,
    }
}

/// A platform may be given alone, in a list, or in both ways.
fn names(value: &VariableValue, platform: &str) -> bool {
    value
        .platform
        .iter()
        .chain(&value.platforms)
        .any(|one| one == platform)
}
