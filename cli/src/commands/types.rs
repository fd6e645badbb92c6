//! Job types and their settings.

use farandole_protocol::api::{AvailableJobSetting, AvailableJobType};
use farandole_protocol::client::ManagerHttp;

use crate::error::Outcome;
use crate::output::{print, print_json};
use crate::table::{Cell, one_line, table};

/// The job types.
pub(super) async fn list(manager: &ManagerHttp, json: bool) -> Outcome<()> {
    let types = manager.job_types().await?;
    if json {
        return print_json(&types);
    }
    let texts: Vec<String> = types.iter().map(text).collect();
    print(&texts.join("\n"))
}

fn text(job_type: &AvailableJobType) -> String {
    let mut text = format!("{}  {}\n", job_type.name, one_line(&job_type.label));
    if let Some(description) = &job_type.description {
        text.extend(["  ", &one_line(description), "\n"]);
    }
    if job_type.settings.is_empty() {
        return text + "  no settings\n";
    }
    let rows: Vec<_> = job_type.settings.iter().map(row).collect();
    for line in table(["SETTING", "TYPE", "DEFAULT", ""], &rows, false).lines() {
        text.extend(["  ", line, "\n"]);
    }
    text
}

fn row(setting: &AvailableJobSetting) -> [Cell; 4] {
    let default = setting.default.as_ref().filter(|value| !value.is_null());
    [
        Cell::from(&setting.key),
        Cell::from(&setting.setting_type),
        Cell::from(default.map_or_else(String::new, ToString::to_string)),
        Cell::from(remark(setting)),
    ]
}

fn remark(setting: &AvailableJobSetting) -> String {
    let mut remarks = Vec::new();
    if setting.required == Some(true) && setting.default.is_none() {
        remarks.push(if setting.eval.is_some() {
            "from the scene unless given".to_owned()
        } else {
            "required".to_owned()
        });
    }
    if let Some(choices) = &setting.choices {
        remarks.push(choices.join(" | "));
    }
    remarks.extend(setting.description.clone());
    remarks.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_is_shown_with_its_settings() {
        let job_type = serde_json::from_value(json!({
            "name": "t", "label": "T", "etag": "e",
            "settings": [
                {"key": "chunk_size", "type": "int32", "default": 1, "required": true},
                {"key": "message", "type": "string", "required": true, "description": "what to say"},
                {"key": "quality", "type": "string", "choices": ["draft", "final"]},
            ],
        }));
        assert_eq!(
            text(&job_type.unwrap()),
            "t  T\n  SETTING     TYPE    DEFAULT\n  chunk_size  int32   1\n  \
             message     string           required; what to say\n  quality     string           draft | final\n"
        );
    }
}
