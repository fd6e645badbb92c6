//! Job types and the settings that a submitter may give. All but the keys and types are hints for a user interface.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::status::wire_enum;
use crate::wire::null_as_default;

/// The job types that can be submitted.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct AvailableJobTypes {
    /// The types, by name.
    #[serde(deserialize_with = "null_as_default")]
    pub job_types: Vec<AvailableJobType>,
}

/// A job type.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct AvailableJobType {
    /// Its name, which jobs refer to.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What can be set.
    #[serde(deserialize_with = "null_as_default")]
    pub settings: Vec<AvailableJobSetting>,
    /// Changes when anything above does; a submission that names it is refused when it is out of date.
    pub etag: String,
}

impl AvailableJobType {
    /// The first setting whose type is not in the contract, if there is one. Generated clients, that of the Flamenco
    /// add-on among them, cannot read such a job type.
    pub fn foreign_setting(&self) -> Option<&AvailableJobSetting> {
        self.settings
            .iter()
            .find(|setting| matches!(setting.setting_type, AvailableJobSettingType::Foreign(_)))
    }
}

/// A setting of a job type.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct AvailableJobSetting {
    /// Its name in the job's settings.
    pub key: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub setting_type: AvailableJobSettingType,
    /// What kind of text it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype: Option<AvailableJobSettingSubtype>,
    /// The values to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// Further arguments for Blender's property of this setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propargs: Option<Map<String, Value>>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub description: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub label: Option<String>,
    /// The value it has when none is given, of the setting's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// A Python expression that the submitter evaluates for the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eval: Option<String>,
    /// How the submitter shows that expression.
    #[serde(rename = "evalInfo", skip_serializing_if = "Option::is_none")]
    pub eval_info: Option<AvailableJobSettingEvalInfo>,
    /// Where it is shown; absent is [`AvailableJobSettingVisibility::Visible`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible: Option<AvailableJobSettingVisibility>,
    /// Whether it has to be given when it has no default. Absent is no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Whether a person may change it in a user interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editable: Option<bool>,
}

/// How a submitter shows an expression.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct AvailableJobSettingEvalInfo {
    /// Whether a button links the setting to its expression.
    #[serde(rename = "showLinkButton", default)]
    #[schema(required = true)]
    pub show_link_button: bool,
    /// What the expression gives.
    #[serde(default)]
    #[schema(required = true)]
    pub description: String,
}

/// The type of a setting's value. Scripts of job types name others than the contract has, and Flamenco hands those
/// on.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum AvailableJobSettingType {
    /// Text.
    String,
    /// A whole number of 32 bits.
    Int32,
    /// A number.
    Float,
    /// True or false.
    Bool,
    /// A type that is not in the contract, such as `list`. Its values are passed on as they are.
    Foreign(String),
}

impl AvailableJobSettingType {
    /// The types of the contract.
    const ALL: [Self; 4] = [Self::String, Self::Int32, Self::Float, Self::Bool];

    /// The spelling on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::String => "string",
            Self::Int32 => "int32",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Foreign(text) => text,
        }
    }
}

impl From<String> for AvailableJobSettingType {
    fn from(text: String) -> Self {
        let mut known = Self::ALL.into_iter();
        known
            .find(|known| known.as_str() == text)
            .unwrap_or(Self::Foreign(text))
    }
}

impl From<AvailableJobSettingType> for String {
    fn from(setting_type: AvailableJobSettingType) -> Self {
        setting_type.as_str().to_owned()
    }
}

impl std::fmt::Display for AvailableJobSettingType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

// By hand, because the contract lists its own types only.
impl PartialSchema for AvailableJobSettingType {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL.iter().map(Self::as_str)))
            .into()
    }
}

impl ToSchema for AvailableJobSettingType {}

wire_enum!(
    /// What kind of text a setting is.
    AvailableJobSettingSubtype, "subtype of a setting", {
        /// The path of a file.
        FilePath = "file_path",
        /// The path of a folder.
        DirPath = "dir_path",
        /// The name of a file.
        FileName = "file_name",
        /// A path in which `####` stands for a frame number.
        HashedFilePath = "hashed_file_path",
    }
);

wire_enum!(
    /// Where a setting is shown.
    AvailableJobSettingVisibility, "visibility of a setting", {
        /// Everywhere.
        Visible = "visible",
        /// Nowhere.
        Hidden = "hidden",
        /// When submitting.
        Submission = "submission",
        /// On the page.
        Web = "web",
    }
);
