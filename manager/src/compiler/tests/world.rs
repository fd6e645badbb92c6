//! What scripts find in their world: modules, functions, `require`, the `job` object.

use chrono::{DateTime, Local};
use serde_json::json;

use super::shop::{body, evaluated, refusal, shop};

fn local(time: &str) -> String {
    let time = DateTime::parse_from_rfc3339(time).unwrap();
    time.with_timezone(&Local)
        .format("%Y-%m-%d_%H%M%S")
        .to_string()
}

#[test]
fn frames_are_chunked_and_counted() {
    assert_eq!(
        evaluated("frameChunker('1..10,40', 4)"),
        json!(["1-4", "5-8", "9,10,40"])
    );
    assert_eq!(
        evaluated("frameChunker('1-10', 3.7)"),
        json!(["1-3", "4-6", "7-9", "10"])
    );
    assert_eq!(evaluated("frameChunker(5, 1)"), json!(["5"]));
    assert_eq!(evaluated("frameChunker([1, 2], '2')"), json!(["1,2"]));
    assert_eq!(
        evaluated("frameChunker('1-4', 2).concat(['x'])"),
        json!(["1,2", "3,4", "x"])
    );
    assert_eq!(
        evaluated("[frameCount('1-10,5'), frameCount('5-1')]"),
        json!([10, 0])
    );
}

#[test]
fn errors_of_functions_can_be_caught_and_have_a_place() {
    let caught = "(() => { try { frameChunker('', 1) } catch (e) { return [e instanceof Error, e.name, e.message] } })()";
    assert_eq!(
        evaluated(caught),
        json!([
            true,
            "GoError",
            "empty frame range; write frames as in 1-48, 1,5,10-20 or 1-48x4"
        ])
    );
    assert!(refusal("frameChunker(undefined, 1)").starts_with("empty frame range"));
    assert_eq!(
        refusal("frameChunker('10-1', 1)"),
        "invalid frame range \"10-1\": the end comes before the start"
    );
    assert!(
        refusal("frameChunker('1-2000000000', 1)")
            .starts_with("frame range \"1-2000000000\" has 2000000000 frames")
    );
    assert!(refusal("frameCount('')").starts_with("invalid frame range"));
    assert!(refusal("shellSplit(\"'\")").starts_with("a quote is not closed"));
}

#[test]
fn command_lines_are_split() {
    assert_eq!(
        evaluated(r#"shellSplit("-a 'b c' # no")"#),
        json!(["-a", "b c"])
    );
    assert_eq!(
        evaluated("[shellSplit(), shellSplit(null), shellSplit(''), shellSplit(5)]"),
        json!([[], [], [], ["5"]])
    );
}

#[test]
fn timestamps_are_local() {
    let created = local("2026-03-04T05:06:07Z");
    assert_eq!(
        evaluated("formatTimestampLocal(job.created)"),
        json!(created)
    );
    assert_eq!(
        evaluated("formatTimestampLocal(new Date(job.created.getTime()))"),
        json!(created)
    );
    assert_eq!(
        evaluated("formatTimestampLocal('2026-03-04T07:06:07+02:00')"),
        json!(created)
    );
    assert_eq!(
        evaluated("formatTimestampLocal()"),
        json!(local("0001-01-01T00:00:00Z"))
    );
    assert!(refusal("formatTimestampLocal(5)").starts_with("TypeError: "));
    assert!(!refusal("formatTimestampLocal('yesterday')").contains("t.js"));
}

#[test]
fn the_time_of_submission_answers_as_a_go_time_does() {
    assert_eq!(
        evaluated("[job.created.unix(), job.created.nanosecond(), job.created.isZero()]"),
        json!([1_772_600_767, 123_456_000, false])
    );
    let text = evaluated("String(job.created)");
    assert!(text.as_str().unwrap().contains(":07.123456 "), "{text}");
    let stored = evaluated("job.created");
    let read: DateTime<Local> = stored.as_str().unwrap().parse().unwrap();
    assert_eq!(
        read,
        "2026-03-04T05:06:07.123456Z"
            .parse::<DateTime<Local>>()
            .unwrap()
    );
}

#[test]
fn paths_are_taken_apart_and_joined() {
    assert_eq!(
        evaluated(
            r"[path.basename('C:\\a\\b.c'), path.dirname('/a/b'), path.stem('x/y.z'), path.join('a', '..', 'b\\c')]"
        ),
        json!(["b.c", "/a", "y", "b/c"])
    );
    assert_eq!(
        evaluated("[path.basename(undefined), path.dirname(null), path.join(), path.stem(5)]"),
        json!([".", ".", "", "5"])
    );
}

#[test]
fn the_process_is_the_managers() {
    let platform = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        std::env::consts::OS
    };
    assert_eq!(evaluated("process.platform"), json!(platform));
    assert!(evaluated("process.cwd()").is_string());
}

#[test]
fn logging_returns_nothing_whatever_it_is_given() {
    let circle = "const o = {}; o.o = o; print(o, undefined, 1n); alert('x'); console.log('a', [1]); console.error(o);";
    assert!(body(circle).is_ok());
    assert_eq!(
        evaluated("[print('x'), console.warn('x')]"),
        json!([null, null])
    );
    assert!(body("for (let i = 0; i < 10000; i++) print('x'.repeat(100000))").is_ok());
}

#[test]
fn a_modern_language_in_strict_mode_is_there() {
    let modern = r"
        class A { #x = 1; static { this.y = 2; } get x() { return this.#x; } }
        let z = null; z ??= 1_000;
        const [first, ...rest] = 'abc'; const { a: { b = 5 } = {} } = {};
        const named = /(?<year>\d+)/.exec('2026').groups.year;
        job.settings.it = [new A().x, A.y, z, first, rest, b, named, [3, 1].toSorted(), [1, [2]].flat(), job?.no?.no ?? 'none'];
    ";
    let job = body(modern).unwrap();
    assert_eq!(
        job.settings.0["it"],
        json!([
            1,
            2,
            1000,
            "a",
            ["b", "c"],
            5,
            "2026",
            [1, 3],
            [1, 2],
            "none"
        ])
    );
    assert!(refusal("undeclared = 1").starts_with("ReferenceError: "));
}

#[test]
fn a_script_may_use_its_modules_names_for_itself() {
    let script = "#!/usr/bin/env node\nconst path = require('path'), author = require('author');\nconst JOB_TYPE = {};\nconst compileJob = (job) => job.addTask(author.Task(path.stem('a.b'), 'misc'));";
    let job = shop()
        .file("own.js", script)
        .compile("own", json!({}))
        .unwrap();
    assert_eq!(job.tasks[0].name, "a");
}

#[test]
fn an_async_function_is_waited_for() {
    let script = "const JOB_TYPE = {}; async function compileJob(job) { await null; await Promise.all([1, Promise.resolve()]); job.addTask(author.Task('late', 'misc')); }";
    let job = shop().file("t.js", script).compile("t", json!({})).unwrap();
    assert_eq!(job.tasks[0].name, "late");
}

#[test]
fn modules_are_loaded_once_and_may_require_others() {
    let job = shop()
        .file("lib/a.js", "const b = require('./b'); exports.name = b.prefix + require('./data.json').suffix; globalThis.loads = (globalThis.loads ?? 0) + 1;")
        .file("lib/b.js", "module.exports = { prefix: 'pre-' };")
        .file("lib/data.json", r#"{"suffix": "fix"}"#)
        .file("node_modules/pack.js", "module.exports = () => 'packed';")
        .file("t.js", "const JOB_TYPE = {}; const a = require('./lib/a'); require('./lib/a.js'); function compileJob(job) { job.settings.it = [a.name, loads, require('pack')(), require('path') === path]; }")
        .compile("t", json!({}))
        .unwrap();
    assert_eq!(job.settings.0["it"], json!(["pre-fix", 1, "packed", true]));
}

#[test]
fn modules_that_require_each_other_see_what_is_there() {
    let job = shop()
        .file("a.js", "exports.first = 1; exports.other = require('./b').seen;")
        .file("b.js", "exports.seen = require('./a').first;")
        .file("t.js", "const JOB_TYPE = {}; function compileJob(job) { job.settings.it = require('./a').other; }")
        .compile("t", json!({}))
        .unwrap();
    assert_eq!(job.settings.0["it"], json!(1));
}

#[test]
fn a_module_that_is_not_there_or_throws_is_named() {
    assert_eq!(
        refusal("require('./nothing')"),
        "TypeError: Invalid module './nothing' at compileJob (t.js:3:1)"
    );
    assert!(refusal("require('../../etc/passwd')").contains("Invalid module"));
    let thrown = shop()
        .file("bad.js", "\n\nthrow new Error('oh');")
        .file(
            "t.js",
            "const JOB_TYPE = {}; function compileJob(job) { require('./bad'); }",
        )
        .compile("t", json!({}))
        .unwrap_err()
        .to_string();
    assert_eq!(thrown, "oh");
}

#[test]
fn the_job_shows_what_was_submitted() {
    let shown = evaluated(
        "[job.name, job.jobType, job.status, job.priority, job.jobID.length, job.workerTagUUID, job.storage.shamanCheckoutID, job.tasks]",
    );
    assert_eq!(
        shown,
        json!(["a job", "t", "under-construction", 50, 36, "", "", []])
    );
}

#[test]
fn the_job_keeps_what_the_script_changes() {
    let job = body("
        job.name = 5; job.priority = '70.9'; job.metadata.seven = 7; job.workerTagUUID = 'a-tag';
        job.storage.shamanCheckoutID = 'checkout'; job.settings = { a: 24.0, b: undefined }; delete job.settings.b;
        job.status = 'active'; job.jobID = 'ignored';
    ").unwrap();
    assert_eq!((job.name.as_str(), job.priority), ("5", 70));
    assert_eq!(job.metadata.0.get("seven").map(String::as_str), Some("7"));
    assert_eq!(job.worker_tag.as_deref(), Some("a-tag"));
    assert_eq!(job.shaman_checkout_id.as_deref(), Some("checkout"));
    assert_eq!(serde_json::to_string(&job.settings).unwrap(), r#"{"a":24}"#);
}

#[test]
fn unknown_members_cannot_be_set() {
    for assignment in [
        "job.nmae = 'x'",
        "job.storage.checkout = 'x'",
        "author.Task('a', 'b').dependson = []",
        "author.Command('a').args = []",
    ] {
        assert!(
            refusal(assignment).starts_with("TypeError: "),
            "{assignment}"
        );
    }
    assert!(refusal("job.settings = 5").contains("job.settings needs an object"));
}

#[test]
fn what_was_added_is_a_copy() {
    let job = body("
        const task = author.Task(' a ', ' misc '), parameters = { shared: 1 };
        const command = author.Command('echo', parameters, '3.9');
        task.addCommand(command); command.name = 'later'; command.totalStepCount = 100;
        job.addTask(task);
        task.name = 'later'; task.priority = 1; task.addCommand(author.Command('never')); parameters.shared = 2;
        job.tasks[0].type = 'edited';
    ").unwrap();
    let task = &job.tasks[0];
    assert_eq!(
        (task.name.as_str(), task.task_type.as_str(), task.priority),
        ("a", "edited", 50)
    );
    assert_eq!(task.commands.len(), 1);
    assert_eq!(
        (
            task.commands[0].name.as_str(),
            task.commands[0].total_step_count
        ),
        ("echo", 3)
    );
    assert_eq!(json!(task.commands[0].parameters), json!({"shared": 2}));
    assert_eq!(task.steps_total, 3);
}

#[test]
fn a_plain_object_is_taken_for_a_task() {
    let job = body("job.addTask({ name: 'plain', type: 'misc', commands: [{ name: 'echo', parameters: ['a'] }, { name: 'x' }] }); job.addTask({ name: 'b', type: 'c' });").unwrap();
    let task = &job.tasks[0];
    assert_eq!((task.priority, task.steps_total), (0, 2));
    assert_eq!(json!(task.commands[0].parameters), json!({"0": "a"}));
    assert_eq!(json!(task.commands[1].parameters), json!({}));
}

#[test]
fn priorities_are_whole_numbers() {
    for (given, kept) in [
        ("'7'", 7),
        ("7.9", 7),
        ("'high'", 0),
        ("-1e12", i32::MIN),
        ("undefined", 0),
    ] {
        let job = body(&format!(
            "const t = author.Task('a', 'b'); t.priority = {given}; job.addTask(t);"
        ))
        .unwrap();
        assert_eq!(job.tasks[0].priority, kept, "{given}");
    }
}

#[test]
fn a_task_is_optional_only_if_the_script_says_so() {
    for (said, optional) in [
        ("", false),
        ("t.optional = true;", true),
        ("t.optional = 1;", true),
        ("t.optional = 'yes';", true),
        ("t.optional = '';", false),
        ("t.optional = undefined;", false),
        ("t.optional = null;", false),
    ] {
        let script = format!("const t = author.Task('a', 'b'); {said} job.addTask(t);");
        assert_eq!(body(&script).unwrap().tasks[0].optional, optional, "{said}");
    }
    let later = "const t = author.Task('a', 'b'); job.addTask(t); t.optional = true;";
    assert!(!body(later).unwrap().tasks[0].optional);
    let added = "job.addTask(author.Task('a', 'b')); job.tasks[0].optional = 'yes';";
    assert!(body(added).unwrap().tasks[0].optional);
    let plain = "job.addTask({ name: 'a', type: 'b', optional: true }); job.addTask({ name: 'b', type: 'c' });";
    let tasks = body(plain).unwrap().tasks;
    assert!(tasks[0].optional && !tasks[1].optional);
}

#[test]
fn parameters_are_stored_as_json() {
    let shown = evaluated(
        "[24.0, 0.5, -0, 1e20, undefined, null, new Set([1, 'a']), new Date(0), { x: { y: [] } }, new String('s'), new (class A { z = 1; }), new Uint8Array([7]), 9007199254740993]",
    );
    assert_eq!(
        shown,
        json!([24, 0.5, 0, 1e20, null, null, [1, "a"], "1970-01-01T00:00:00.000Z", {"x": {"y": []}}, "s", {"z": 1}, [7], 9_007_199_254_740_992_i64])
    );
}

/// What the job types do that are offered for download beside the reference, in the shape in which they do it.
#[test]
fn the_ways_of_known_scripts_work() {
    let tiles = r#"
        const JOB_TYPE = { label: "Tiles", settings: [
            { key: "resolution_x", type: "int32", required: true }, { key: "resolution_scale", type: "int32" },
            { key: "blender_args_before", type: "string", label: "Arguments" }, { key: "unused", type: "bool" },
        ] };
        function compileJob(job) {
            print("Tiles job submitted");
            const settings = job.settings;
            if (settings.resolution_scale !== 100) throw "the resolution scale must be 100";
            const outDir = path.join(path.dirname(settings.render_output_path), path.basename(settings.nothing));
            const tiles = [];
            for (let x = 0; x < settings.resolution_x; x += 64) {
                const task = author.Task("render-" + x, "blender");
                task.addCommand(author.Command("blender-render", {
                    argsBefore: shellSplit(settings.blender_args_before),
                    args: ["-a"].concat(shellSplit("b 'c d'")).concat(["e"]),
                    output: outDir,
                }));
                tiles.push(task);
            }
            const merge = author.Task("merge", "blender");
            for (const tile of tiles) { job.addTask(tile); merge.addDependency(tile); }
            job.addTask(merge);
            cleanup(job.settings);
        }
        function cleanup(settings) {
            for (let key of Object.keys(settings)) { if (!settings[key]) delete settings[key]; }
        }
    "#;
    let shop = shop().file("single_tiles.js", tiles);
    let settings = json!({
        "resolution_x": 150, "resolution_scale": 100, "blender_args_before": "", "unused": false,
        "render_output_path": "/a/tiles",
    });
    let job = shop.compile("single-tiles", settings).unwrap();
    assert_eq!(job.tasks.len(), 4);
    assert_eq!(job.tasks[3].dependencies, [1, 2, 3]);
    assert_eq!(
        json!(job.tasks[0].commands[0].parameters),
        json!({"argsBefore": [], "args": ["-a", "b", "c d", "e"], "output": "/a"})
    );
    assert_eq!(
        json!(job.settings),
        json!({"resolution_x": 150, "resolution_scale": 100, "render_output_path": "/a/tiles"})
    );
    let refused = shop.compile(
        "single-tiles",
        json!({"resolution_x": 1, "resolution_scale": 50}),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the resolution scale must be 100"
    );
}
