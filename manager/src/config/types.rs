//! The configuration as the program uses it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use farandole_protocol::api::FindingClass;
use farandole_settings::GoDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{bounds, change};
use crate::farm::state::Thresholds;
use crate::shaman::CHECKOUTS;

/// The only version of the file's format.
const FORMAT: i64 = 3;

/// All that the Manager can be told. The keys are those of the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each key says in `--help` what it is for")]
pub struct Config {
    #[serde(rename = "_meta")]
    pub meta: Meta,
    pub manager_name: String,
    pub farm: String,
    pub database: PathBuf,
    pub database_check_period: GoDuration,
    pub listen: String,
    pub allowed_hosts: Vec<String>,
    pub autodiscoverable: bool,
    pub local_manager_storage_path: PathBuf,
    #[serde(deserialize_with = "path_opt", serialize_with = "path_or_empty")]
    pub shared_storage_path: Option<PathBuf>,
    pub shaman: Shaman,
    pub task_timeout: GoDuration,
    pub worker_timeout: GoDuration,
    pub ephemeral_worker_timeout: GoDuration,
    pub blocklist_threshold: usize,
    pub task_fail_after_softfail_count: usize,
    pub lost_attempts_limit: u32,
    pub findings: Vec<FindingClass>,
    pub mqtt: Mqtt,
    pub variables: BTreeMap<String, Variable>,
    #[serde(deserialize_with = "path_opt", serialize_with = "path_or_empty")]
    pub addon: Option<PathBuf>,
    pub compatible_version: String,
    pub script_time_limit: GoDuration,
    pub script_memory_limit: usize,
    pub request_body_limit: usize,
    pub request_memory_limit: usize,
    pub upload_limit: ByteSize,
    pub upload_timeout: GoDuration,
    pub task_log_limit: ByteSize,
    pub registration_limit: usize,
    pub registration_timeout: GoDuration,
    pub connection_limit_per_address: usize,
    pub listener_limit: usize,
    pub listener_limit_per_address: usize,
    pub http_threads: usize,
    pub reader_threads: usize,
    pub log_level: String,
    pub log_format: LogFormat,
}

/// The file's format.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Meta {
    /// Its version.
    pub version: i64,
}

/// The Shaman file storage.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct Shaman {
    /// Whether it is wanted.
    pub enabled: bool,
    /// What becomes of unused files.
    #[serde(rename = "garbageCollect")]
    pub garbage_collect: GarbageCollect,
}

/// What becomes of unused files.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct GarbageCollect {
    /// How often they are looked for.
    pub period: GoDuration,
    /// From which age they are removed.
    #[serde(rename = "maxAge")]
    pub max_age: GoDuration,
}

/// MQTT.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Mqtt {
    /// The Manager as a client.
    pub client: MqttClient,
}

/// The Manager as a client of an MQTT broker. Its `Debug` form hides the password.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each key says in `--help` what it is for")]
pub struct MqttClient {
    pub enabled: bool,
    pub broker: String,
    #[serde(deserialize_with = "path_opt", serialize_with = "path_or_empty")]
    pub ca_file: Option<PathBuf>,
    #[serde(rename = "clientID")]
    pub client_id: String,
    pub topic_prefix: String,
    pub username: String,
    pub password: String,
}

/// A variable that stands for something else on each platform.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Variable {
    /// Whether its values are also recognised in what is submitted: paths.
    #[serde(
        default,
        deserialize_with = "lenient_bool",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub is_twoway: bool,
    /// What it stands for.
    #[serde(default)]
    pub values: Vec<VariableValue>,
}

/// What a variable stands for, for some audience on some platforms.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct VariableValue {
    /// For whom; absent: for all.
    #[serde(default)]
    pub audience: Audience,
    /// On which platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// On which platforms, if more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// What.
    #[serde(default)]
    pub value: String,
}

/// For whom a value is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// For all.
    #[default]
    #[serde(alias = "")]
    All,
    /// For people's programs.
    Users,
    /// For Workers.
    Workers,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl Config {
    /// Whether nobody has said yet where frames go.
    pub fn is_first_run(&self) -> bool {
        self.shared_storage_path.is_none()
    }

    /// Whether the Shaman storage is in use: not before there is a shared storage.
    pub fn shaman_enabled(&self) -> bool {
        self.shaman.enabled && !self.is_first_run()
    }

    /// Where jobs are and frames go. Before the farm is set up it is where the checkouts would be in the data directory,
    /// as in Flamenco.
    pub fn storage_location(&self) -> PathBuf {
        let shared = self.shared_storage_path.clone().unwrap_or_default();
        if self.shaman.enabled {
            shared.join(CHECKOUTS)
        } else {
            shared
        }
    }

    /// The limits for the farm.
    pub fn thresholds(&self) -> Thresholds {
        let limit = |duration: GoDuration| (duration.0 > Duration::ZERO).then_some(duration.0);
        Thresholds {
            fail_after: self.task_fail_after_softfail_count,
            blocklist: self.blocklist_threshold,
            task_timeout: limit(self.task_timeout),
            worker_timeout: limit(self.worker_timeout),
            ephemeral_worker_timeout: limit(self.ephemeral_worker_timeout),
            lost_attempts: self.lost_attempts_limit,
        }
    }

    /// What is logged, as a filter: what people ask for, without a line for each connection that does not speak HTTP.
    /// Those are counted and told by the address that they come from. Whoever names `actix_http` gets its lines.
    pub fn log_filter(&self) -> String {
        let asked = &self.log_level;
        if asked.contains("actix_http") {
            return asked.clone();
        }
        format!("{asked},actix_http::h1::dispatcher=off,actix_http::h1::decoder=off")
    }

    /// All keys with their values, as clients may see them: no secret.
    pub fn shown(&self) -> serde_json::Value {
        change::shown(self).unwrap_or_default()
    }

    /// Checks what types alone do not say, and fills in what depends on the data directory.
    pub(super) fn checked(mut self, data_dir: &Path) -> Result<Self, String> {
        if self.meta.version != FORMAT {
            return Err(format!(
                "_meta.version is {}, and only version {FORMAT} is known (found version {})",
                self.meta.version, self.meta.version
            ));
        }
        for path in [&mut self.database, &mut self.local_manager_storage_path] {
            *path = data_dir.join(&path);
        }
        for (name, variable) in default_variables() {
            self.variables.entry(name).or_insert(variable);
        }
        bounds::check(&self)?;
        Ok(self)
    }
}

impl Default for Config {
    fn default() -> Self {
        let seconds = |seconds| GoDuration(Duration::from_secs(seconds));
        Self {
            meta: Meta { version: FORMAT },
            manager_name: "Farandole".to_owned(),
            farm: String::new(),
            database: "farandole-manager.sqlite".into(),
            database_check_period: seconds(600),
            listen: ":8080".to_owned(),
            allowed_hosts: Vec::new(),
            autodiscoverable: true,
            local_manager_storage_path: "farandole-manager-storage".into(),
            shared_storage_path: None,
            shaman: Shaman::default(),
            task_timeout: seconds(600),
            worker_timeout: seconds(60),
            ephemeral_worker_timeout: seconds(600),
            blocklist_threshold: 3,
            task_fail_after_softfail_count: 3,
            lost_attempts_limit: 5,
            findings: Vec::new(),
            mqtt: Mqtt::default(),
            variables: BTreeMap::new(),
            addon: None,
            compatible_version: String::new(),
            script_time_limit: seconds(10),
            script_memory_limit: 1024,
            request_body_limit: 100,
            request_memory_limit: 512,
            upload_limit: ByteSize::gib(50),
            upload_timeout: seconds(24 * 3600),
            task_log_limit: ByteSize::mib(100),
            registration_limit: 2_000,
            registration_timeout: seconds(24 * 3600),
            connection_limit_per_address: 1_000,
            listener_limit: 2_000,
            listener_limit_per_address: 500,
            http_threads: 2,
            reader_threads: 2,
            log_level: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

impl Default for Shaman {
    fn default() -> Self {
        Self {
            enabled: true,
            garbage_collect: GarbageCollect::default(),
        }
    }
}

impl Default for GarbageCollect {
    fn default() -> Self {
        Self {
            period: GoDuration(Duration::from_hours(24)),
            max_age: GoDuration(Duration::from_hours(744)),
        }
    }
}

impl Default for MqttClient {
    fn default() -> Self {
        Self {
            enabled: false,
            broker: String::new(),
            ca_file: None,
            client_id: "flamenco".to_owned(),
            topic_prefix: "flamenco".to_owned(),
            username: String::new(),
            password: String::new(),
        }
    }
}

impl fmt::Debug for MqttClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MqttClient")
            .field("enabled", &self.enabled)
            .field("broker", &self.broker)
            .field("ca_file", &self.ca_file)
            .field("client_id", &self.client_id)
            .field("topic_prefix", &self.topic_prefix)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// What holds unless a layer says otherwise.
fn default_variables() -> [(String, Variable); 2] {
    let value = |platform: &str, value: &str| VariableValue {
        platform: Some(platform.to_owned()),
        value: value.to_owned(),
        ..VariableValue::default()
    };
    let blender = vec![
        value("linux", "blender"),
        value("windows", "blender.exe"),
        value("darwin", "blender"),
    ];
    [
        (
            "blender".to_owned(),
            Variable {
                is_twoway: false,
                values: blender,
            },
        ),
        (
            "blenderArgs".to_owned(),
            Variable {
                is_twoway: false,
                values: vec![value("all", "-b -y")],
            },
        ),
    ]
}

/// No path and an empty one are the same.
fn path_opt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let path = Option::<PathBuf>::deserialize(deserializer)?;
    Ok(path.filter(|path| !path.as_os_str().is_empty()))
}

/// Texts are never `null` on the wire.
#[expect(clippy::ref_option, reason = "serde hands a field over like this")]
fn path_or_empty<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.clone().unwrap_or_default().serialize(serializer)
}

/// Flamenco's files are YAML 1.1, where `yes` is true.
fn lenient_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Bool(bool),
        Text(String),
    }
    match Given::deserialize(deserializer)? {
        Given::Bool(yes) => Ok(yes),
        Given::Text(text) if matches!(text.as_str(), "yes" | "on" | "true" | "y") => Ok(true),
        Given::Text(text) if matches!(text.as_str(), "no" | "off" | "false" | "n") => Ok(false),
        Given::Text(text) => Err(serde::de::Error::custom(format!(
            "{text:?} is neither true nor false"
        ))),
    }
}
