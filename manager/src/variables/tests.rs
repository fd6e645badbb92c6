//! Variables from definition to text, both ways, with the reference's examples.

use std::collections::BTreeMap;

use farandole_protocol::api::{
    Command, JobMetadata, JobSettings, ManagerVariableAudience, ManagerVariables, SubmittedJob,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Variables;
use crate::config::{Audience, Variable, VariableValue};
const WORKERS: ManagerVariableAudience = ManagerVariableAudience::Workers;
const USERS: ManagerVariableAudience = ManagerVariableAudience::Users;

fn value(audience: Audience, platforms: &[&str], value: &str) -> VariableValue {
    VariableValue {
        audience,
        platform: None,
        platforms: platforms.iter().map(|it| (*it).to_owned()).collect(),
        value: value.to_owned(),
    }
}

fn variable(is_twoway: bool, values: &[(&str, &str)]) -> Variable {
    let values = values
        .iter()
        .map(|(platform, text)| value(Audience::All, &[platform], text));
    Variable {
        is_twoway,
        values: values.collect(),
    }
}

fn farm(definitions: &[(&str, Variable)]) -> Variables {
    let definitions = definitions
        .iter()
        .map(|(name, it)| ((*name).to_owned(), it.clone()));
    Variables::new(
        definitions.collect(),
        "/mnt/jobs".to_owned(),
        "linux".to_owned(),
    )
}

/// The Manager on Linux and one shared folder, as in the reference's examples.
fn shared() -> Variables {
    farm(&[(
        "s",
        variable(true, &[("linux", "/mnt"), ("windows", "F:\\")]),
    )])
}

/// The farm of the recorded exchanges.
fn recorded() -> Variables {
    let store = Variable {
        is_twoway: true,
        values: vec![
            value(Audience::All, &["linux"], "/dir/shared"),
            value(Audience::All, &["windows"], "S:\\farm"),
            value(Audience::Users, &["darwin"], "/Volumes/user-store"),
            value(Audience::Workers, &["darwin"], "/Volumes/worker-store"),
        ],
    };
    let tool = Variable {
        is_twoway: false,
        values: vec![
            value(Audience::Users, &["all"], "user-tool"),
            value(Audience::Workers, &["linux", "darwin"], "worker-tool"),
        ],
    };
    let blender = [
        ("linux", "/opt/blender/blender"),
        ("windows", "C:\\Blender\\blender.exe"),
        ("darwin", "/Applications/Blender"),
    ];
    let render = [
        ("linux", "/render/"),
        ("windows", "R:\\"),
        ("darwin", "/Volumes/render"),
    ];
    let definitions = BTreeMap::from([
        ("blender".to_owned(), variable(false, &blender)),
        (
            "blenderArgs".to_owned(),
            variable(false, &[("all", "-b -y")]),
        ),
        ("tool".to_owned(), tool),
        ("render".to_owned(), variable(true, &render)),
        ("store".to_owned(), store),
    ]);
    Variables::new(
        definitions,
        "/dir/shared/jobs".to_owned(),
        "linux".to_owned(),
    )
}

fn shown(variables: &ManagerVariables) -> Value {
    let values = variables
        .0
        .iter()
        .map(|(name, it)| (name.clone(), json!(it.value)));
    Value::Object(values.collect())
}

fn submitted(platform: &str, settings: Value, metadata: &[(&str, &str)]) -> SubmittedJob {
    let mut job: SubmittedJob = serde_json::from_value(json!({
        "name": "/mnt/name", "type": "/mnt/type", "priority": 50, "submitter_platform": platform,
    }))
    .unwrap();
    job.settings = Some(JobSettings(serde_json::from_value(settings).unwrap()));
    let metadata = metadata
        .iter()
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    job.metadata = Some(JobMetadata(metadata.collect()));
    job
}

#[track_caller]
fn names(variables: &Variables, platform: &str, text: &str, expected: &str) {
    let mut job = submitted(platform, json!({"it": text}), &[]);
    variables.name_folders(&mut job);
    assert_eq!(job.settings.unwrap().0["it"], json!(expected), "{text}");
}

#[track_caller]
fn resolves(variables: &Variables, platform: &str, text: &str, expected: &str) {
    assert_eq!(
        variables.resolver(WORKERS, platform).text(text),
        expected,
        "{text}"
    );
}

#[test]
fn audiences_and_platforms_have_their_values() {
    let farm = recorded();
    let linux = json!({
        "blender": "/opt/blender/blender", "blenderArgs": "-b -y", "jobs": "/dir/shared/jobs", "render": "/render",
        "store": "/dir/shared", "tool": "user-tool",
    });
    assert_eq!(shown(&farm.shown(USERS, "linux")), linux);
    let windows = json!({
        "blender": "C:\\Blender\\blender.exe", "blenderArgs": "-b -y", "jobs": "/dir/shared/jobs", "render": "R:",
        "store": "S:\\farm",
    });
    assert_eq!(shown(&farm.shown(WORKERS, "windows")), windows);
    let elsewhere =
        json!({"blenderArgs": "-b -y", "jobs": "/dir/shared/jobs", "tool": "user-tool"});
    for platform in ["plan9", "all", "Linux"] {
        assert_eq!(shown(&farm.shown(USERS, platform)), elsewhere, "{platform}");
    }
    assert!(farm.shown(USERS, "linux").0["render"].is_twoway);
    assert!(!farm.shown(USERS, "linux").0["jobs"].is_twoway);
}

#[test]
fn the_storage_is_where_each_platform_sees_it() {
    let farm = recorded();
    for (audience, platform, location) in [
        (USERS, "linux", "/dir/shared/jobs"),
        (USERS, "windows", "S:\\farm\\jobs"),
        (USERS, "darwin", "/Volumes/user-store/jobs"),
        (WORKERS, "darwin", "/Volumes/worker-store/jobs"),
        (USERS, "plan9", "/dir/shared/jobs"),
    ] {
        assert_eq!(
            farm.storage_location(audience, platform),
            location,
            "{platform}"
        );
    }
    let drive = Variables::new(
        BTreeMap::from([(
            "s".to_owned(),
            variable(true, &[("linux", "/mnt"), ("windows", "F:\\")]),
        )]),
        "/mnt".to_owned(),
        "linux".to_owned(),
    );
    assert_eq!(drive.storage_location(USERS, "windows"), "F:\\");
}

#[test]
fn of_several_values_for_the_same_the_last_holds() {
    let farm = farm(&[(
        "v",
        variable(
            false,
            &[("all", "a"), ("linux", "b"), ("linux", "c"), ("all", "d")],
        ),
    )]);
    resolves(&farm, "linux", "{v}", "c");
    resolves(&farm, "windows", "{v}", "d");
}

#[test]
fn paths_are_shown_as_people_on_a_platform_see_them() {
    let values = [("linux", "/mnt/farm"), ("windows", "F:\\")];
    let farm = farm(&[("farm", variable(true, &values))]);
    let shown = |platform| {
        let paths = ["/mnt/farm/a/000001.png", "/elsewhere/b.png"].map(str::to_owned);
        farm.shown_paths(paths.to_vec(), platform)
    };
    assert_eq!(
        shown("linux"),
        ["/mnt/farm/a/000001.png", "/elsewhere/b.png"]
    );
    assert_eq!(shown("windows")[0], "F:\\a\\000001.png");
}

#[test]
fn a_configured_variable_cannot_replace_jobs() {
    let farm = farm(&[("jobs", variable(true, &[("all", "/elsewhere")]))]);
    resolves(&farm, "linux", "{jobs}/x", "/mnt/jobs/x");
    names(&farm, "linux", "/elsewhere/x", "/elsewhere/x");
}

#[test]
fn folders_of_the_submitters_platform_are_named() {
    let shared = shared();
    names(&shared, "linux", "/mnt/a/b.blend", "{s}/a/b.blend");
    names(&shared, "linux", "/mnt", "{s}");
    names(&shared, "linux", "/MNT/A", "{s}/A");
    names(&shared, "linux", "/mnt2/a", "/mnt2/a");
    names(&shared, "linux", "a/mnt/b", "a/mnt/b");
    names(&shared, "windows", "F:\\A\\b", "{s}\\A\\b");
    names(&shared, "windows", "f:/A\\b", "{s}/A\\b");
    names(&shared, "windows", "/mnt/a", "/mnt/a");
    names(&shared, "manager", "/mnt/a", "{s}/a");
    names(&shared, "plan9", "/mnt/a", "/mnt/a");
}

#[test]
fn the_innermost_folder_is_named_whatever_the_names() {
    for (outer, inner) in [("a", "b"), ("b", "a")] {
        let farm = farm(&[
            (outer, variable(true, &[("linux", "/mnt")])),
            (inner, variable(true, &[("linux", "/mnt/deep/")])),
        ]);
        names(&farm, "linux", "/mnt/deep/x", &format!("{{{inner}}}/x"));
        names(
            &farm,
            "linux",
            "/mnt/deeper/x",
            &format!("{{{outer}}}/deeper/x"),
        );
    }
    let same = farm(&[
        ("y", variable(true, &[("all", "/mnt")])),
        ("x", variable(true, &[("all", "/mnt")])),
    ]);
    names(&same, "linux", "/mnt/a", "{x}/a");
}

#[test]
fn an_empty_folder_names_nothing_and_a_root_names_all_that_is_absolute() {
    let farm = farm(&[
        ("empty", variable(true, &[("linux", ""), ("windows", "C:")])),
        (
            "root",
            variable(true, &[("linux", "/"), ("windows", "Z:\\")]),
        ),
    ]);
    names(&farm, "linux", "1-10", "1-10");
    names(&farm, "linux", "/a/b", "{root}a/b");
    resolves(&farm, "linux", "{root}a/b", "/a/b");
    resolves(&farm, "windows", "{root}a/b", "Z:\\a\\b");
    resolves(&farm, "windows", "/a/b", "Z:\\a\\b");
}

#[test]
fn one_way_variables_are_not_put_into_submissions() {
    names(
        &recorded(),
        "linux",
        "/opt/blender/blender",
        "/opt/blender/blender",
    );
}

#[test]
fn texts_among_the_settings_and_all_metadata_are_looked_at_and_nothing_else() {
    let settings =
        json!({"path": "/mnt/a", "number": 5, "list": ["/mnt/a"], "inner": {"path": "/mnt/a"}});
    let mut job = submitted(
        "linux",
        settings,
        &[("project", "/mnt/p"), ("user.name", "x")],
    );
    shared().name_folders(&mut job);
    assert_eq!(
        Value::Object(job.settings.unwrap().0),
        json!({"path": "{s}/a", "number": 5, "list": ["/mnt/a"], "inner": {"path": "/mnt/a"}})
    );
    assert_eq!(job.metadata.unwrap().0["project"], "{s}/p");
    assert_eq!(
        (job.name.as_str(), job.job_type.as_str()),
        ("/mnt/name", "/mnt/type")
    );
}

#[test]
fn names_become_paths_of_the_platform() {
    let shared = shared();
    resolves(&shared, "windows", "{s}/a//b/", "F:\\a\\b");
    resolves(&shared, "windows", "{s}", "F:\\");
    resolves(&shared, "windows", "/mnt", "F:\\");
    resolves(&shared, "windows", "/mnt2/a", "/mnt2/a");
    resolves(&shared, "windows", "/MNT/x", "/MNT/x");
    resolves(
        &shared,
        "windows",
        "--x={s}/a http://q",
        "--x=F:\\a http:\\q",
    );
    resolves(&shared, "windows", "pad=ceil(iw/2)*2", "pad=ceil(iw/2)*2");
    resolves(&shared, "linux", "{s}\\a\\b", "/mnt/a/b");
    resolves(&shared, "linux", "/mnt//a", "/mnt/a");
}

#[test]
fn braces_in_the_name_of_a_file_are_no_variables() {
    let variables = farm(&[
        ("blender", variable(false, &[("linux", "/opt/blender")])),
        ("project", variable(false, &[("linux", "teaser")])),
        ("s", variable(true, &[("linux", "/mnt")])),
    ]);
    let resolver = variables.resolver(WORKERS, "linux");
    for (text, expected) in [
        ("/mnt/x{blender}y.blend", "/mnt/x{blender}y.blend"),
        ("{s}/{blender}.blend", "/mnt/{blender}.blend"),
        ("/mnt/a{s}b/c.blend", "/mnt/a{s}b/c.blend"),
        ("C:\\x{blender}y.blend", "C:\\x{blender}y.blend"),
        ("/mnt/{project}_v2/a.blend", "/mnt/teaser_v2/a.blend"),
        ("{blender}", "/opt/blender"),
        ("-x {blender} {s}/a", "-x /opt/blender /mnt/a"),
    ] {
        assert_eq!(resolver.text(text), expected);
    }
}

#[test]
fn one_way_values_keep_their_slashes_and_unknown_names_stay() {
    let farm = farm(&[
        ("tool", variable(false, &[("all", "C:\\a\\b")])),
        ("outer", variable(false, &[("all", "[{tool}]")])),
    ]);
    resolves(&farm, "linux", "{tool} {unknown} {", "C:\\a\\b {unknown} {");
    resolves(&farm, "linux", "{outer}", "[C:\\a\\b]");
    resolves(&farm, "linux", "{{tool}}", "{C:\\a\\b}");
    resolves(&farm, "linux", "{Tool}", "{Tool}");
    resolves(
        &farm,
        "linux",
        "shot_{timestamp}/######",
        "shot_{timestamp}/######",
    );
}

#[test]
fn a_one_way_variable_that_contains_itself_comes_to_an_end() {
    let farm = farm(&[("a", variable(false, &[("all", "{a}{a}")]))]);
    assert_eq!(
        farm.resolver(WORKERS, "linux")
            .text("{a}")
            .matches("{a}")
            .count(),
        16
    );
}

#[test]
fn the_implicit_jobs_is_translated() {
    resolves(
        &shared(),
        "windows",
        "{jobs}/x/y.blend",
        "F:\\jobs\\x\\y.blend",
    );
    resolves(&shared(), "linux", "{jobs}/x", "/mnt/jobs/x");
    resolves(&shared(), "plan9", "{jobs}/x", "/mnt/jobs/x");
}

#[test]
fn a_path_that_was_named_is_not_translated_once_more() {
    let farm = farm(&[
        (
            "deep",
            variable(true, &[("linux", "/data/deep"), ("darwin", "/mnt/deep")]),
        ),
        (
            "mnt",
            variable(true, &[("linux", "/mnt"), ("darwin", "/Volumes/mnt")]),
        ),
    ]);
    resolves(&farm, "darwin", "{deep}/x", "/mnt/deep/x");
    resolves(&farm, "darwin", "/data/deep/x", "/mnt/deep/x");
    resolves(&farm, "darwin", "/mnt/x", "/Volumes/mnt/x");
}

#[test]
fn servers_keep_their_two_separators() {
    let farm = farm(&[(
        "s",
        variable(true, &[("linux", "/mnt"), ("windows", "\\\\server\\share")]),
    )]);
    resolves(&farm, "windows", "{s}/a", "\\\\server\\share\\a");
    names(&farm, "windows", "//Server/share\\a", "{s}\\a");
}

#[test]
fn parameters_and_the_items_of_lists_are_resolved_and_nothing_deeper() {
    let mut commands: Vec<Command> = serde_json::from_value(json!([{
        "name": "{blender}",
        "parameters": {
            "exe": "{blender}", "{blender}": 1, "args": ["-o", "{render}/x", 24, ["{render}"], {"a": "{render}"}],
            "inner": {"a": "{render}"}, "vf": "pad=ceil(iw/2)*2:ceil(ih/2)*2",
        },
        "total_step_count": 0,
    }]))
    .unwrap();
    recorded()
        .resolver(WORKERS, "windows")
        .commands(&mut commands);
    assert_eq!(commands[0].name, "{blender}");
    assert_eq!(
        Value::Object(commands[0].parameters.clone()),
        json!({
            "exe": "C:\\Blender\\blender.exe", "{blender}": 1, "args": ["-o", "R:\\x", 24, ["{render}"], {"a": "{render}"}],
            "inner": {"a": "{render}"}, "vf": "pad=ceil(iw/2)*2:ceil(ih/2)*2",
        })
    );
}

proptest! {
    #[test]
    fn a_path_below_a_folder_comes_back_as_it_was(rest in "(/[a-zA-Z0-9_ .]{1,5}){0,4}") {
        let path = format!("/mnt{rest}");
        let mut job = submitted("linux", json!({"it": path}), &[]);
        shared().name_folders(&mut job);
        let named = job.settings.unwrap().0["it"].as_str().unwrap().to_owned();
        let is_named = named.starts_with("{s}");
        prop_assert!(is_named);
        prop_assert_eq!(shared().resolver(WORKERS, "linux").text(&named), path);
    }

    #[test]
    fn the_same_path_is_reached_by_name_and_by_translation(rest in "(/[a-z]{1,3}){0,4}") {
        let resolver = shared().resolver(WORKERS, "windows");
        prop_assert_eq!(resolver.text(&format!("{{s}}{rest}")), resolver.text(&format!("/mnt{rest}")));
    }

    #[test]
    fn no_text_makes_it_panic(text in ".*", folder in ".*", platform in "linux|windows|manager") {
        let farm = farm(&[("s", variable(true, &[("linux", &folder), ("windows", &folder)]))]);
        let resolved = farm.resolver(WORKERS, &platform).text(&text);
        let mut job = submitted(&platform, json!({"it": text}), &[]);
        farm.name_folders(&mut job);
        drop(resolved);
    }
}

#[test]
fn a_platform_given_alone_counts_as_one_in_a_list() {
    let both = VariableValue {
        platform: Some("darwin".to_owned()),
        ..value(Audience::All, &["linux"], "x")
    };
    let farm = farm(&[(
        "v",
        Variable {
            is_twoway: false,
            values: vec![both],
        },
    )]);
    resolves(&farm, "darwin", "{v}", "x");
    resolves(&farm, "linux", "{v}", "x");
    resolves(&farm, "windows", "{v}", "{v}");
}
