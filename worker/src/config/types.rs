//! The configuration as the program uses it.

use std::time::Duration;

use farandole_settings::GoDuration;
use serde::{Deserialize, Serialize};

/// All that a Worker can be told. The keys are those of the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each key says in `--help` what it is for")]
pub struct Config {
    pub worker_name: String,
    pub manager_url: String,
    pub farm: String,
    pub task_types: Vec<String>,
    pub restart_exit_code: i32,
    pub oom_score_adjust: Option<i32>,
    pub ephemeral: bool,
    pub task_user: String,
    pub blender_scripts: bool,
    pub heartbeat: GoDuration,
    pub task_timeout: GoDuration,
    pub task_exit_timeout: GoDuration,
    pub log_level: String,
    pub log_format: LogFormat,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            worker_name: String::new(),
            manager_url: String::new(),
            farm: String::new(),
            task_types: ["blender", "ffmpeg", "file-management", "misc"]
                .map(str::to_owned)
                .to_vec(),
            restart_exit_code: 0,
            oom_score_adjust: None,
            ephemeral: false,
            task_user: String::new(),
            blender_scripts: true,
            heartbeat: GoDuration(Duration::from_secs(10)),
            task_timeout: GoDuration(Duration::from_mins(10)),
            task_exit_timeout: GoDuration(Duration::from_mins(1)),
            log_level: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}
