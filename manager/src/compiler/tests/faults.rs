//! Each way in which a script, a submission or a job can be wrong, and the error that says so.

use serde_json::json;

use super::shop::{body, order, refusal, shop};
use crate::compiler::messages::CompileError;

fn problem_of(script: &str) -> String {
    match shop().file("t.js", script).compile("t", json!({})) {
        Err(CompileError::BrokenScript { file, problem }) => {
            assert_eq!(file, "t.js");
            problem
        }
        other => panic!("not broken: {other:?}"),
    }
}

#[test]
fn an_unknown_type_is_named() {
    for name in ["nothing", "", "../t", "echo_sleep_test"] {
        let error = shop().compile(name, json!({})).unwrap_err();
        assert_eq!(error, CompileError::UnknownType { name: name.into() });
    }
}

#[test]
fn a_broken_script_is_reported_with_its_file_and_place() {
    let problem = problem_of("const JOB_TYPE = {};\nfunction compileJob( {");
    assert!(
        problem.starts_with("cannot be run: SyntaxError: ") && problem.contains("t.js:2:"),
        "{problem}"
    );
    assert_eq!(
        problem_of("throw new RangeError('top');"),
        "cannot be run: RangeError: top at t.js:1:11"
    );
    assert_eq!(problem_of("throw 'just text';"), "cannot be run: just text");
    assert_eq!(
        problem_of("function compileJob() {}"),
        "does not define a JOB_TYPE object"
    );
    assert!(
        problem_of("const JOB_TYPE = null;")
            .starts_with("does not define a proper JOB_TYPE object")
    );
    assert!(
        problem_of("const JOB_TYPE = { settings: [{ key: 'a', type: 'string', default() {} }] };")
            .contains("function")
    );
    assert_eq!(
        problem_of("const JOB_TYPE = {};"),
        "does not define a compileJob function"
    );
    assert_eq!(
        problem_of("const JOB_TYPE = {}, compileJob = 5;"),
        "does not define a compileJob function"
    );
}

#[test]
fn a_type_without_compile_function_is_still_listed() {
    let shop = shop().file("half.js", "const JOB_TYPE = { label: 'Half' };");
    assert_eq!(shop.workshop.job_type("half").unwrap().label, "Half");
}

#[test]
fn a_broken_override_is_reported_and_not_replaced() {
    let shop = shop().file("echo_sleep_test.js", "const JOB_TYPE = ;");
    assert!(matches!(
        shop.workshop.job_type("echo-sleep-test"),
        Err(CompileError::BrokenScript { .. })
    ));
    assert!(matches!(
        shop.compile("echo-sleep-test", json!({"message": "x"})),
        Err(CompileError::BrokenScript { .. })
    ));
    let names: Vec<String> = shop.job_types().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["simple-blender-render"]);
}

#[test]
fn an_override_counts_and_an_edit_is_picked_up() {
    let shop = shop().file("echo_sleep_test.js", "const JOB_TYPE = { label: 'Mine' };");
    assert_eq!(
        shop.workshop.job_type("echo-sleep-test").unwrap().label,
        "Mine"
    );
    let shop = shop.file(
        "echo_sleep_test.js",
        "const JOB_TYPE = { label: 'Edited' };",
    );
    assert_eq!(
        shop.workshop.job_type("echo-sleep-test").unwrap().label,
        "Edited"
    );
}

#[test]
fn what_compile_job_throws_is_the_refusal() {
    assert_eq!(
        refusal("throw new Error('no such thing');"),
        "no such thing"
    );
    assert!(refusal("job.settings.a.b").starts_with("TypeError: "));
    assert_eq!(refusal("throw 'just text'"), "just text");
    assert_eq!(refusal("throw null"), "null");
    assert_eq!(
        refusal("throw { toString() { return 'an object' } }"),
        "an object"
    );
    assert_eq!(
        refusal("throw { toString() { throw 1 } }"),
        "the script threw something that cannot be shown"
    );
}

#[test]
fn a_rejected_promise_is_a_refusal() {
    for (script, problem) in [
        (
            "async function compileJob() { await 0; throw new Error('late'); }",
            "late",
        ),
        (
            "const compileJob = () => new Promise(() => {});",
            "compileJob awaits something that never happens",
        ),
    ] {
        let error = shop()
            .file("t.js", &format!("const JOB_TYPE = {{}}; {script}"))
            .compile("t", json!({}))
            .unwrap_err();
        assert!(error.to_string().starts_with(problem), "{error}");
    }
}

#[test]
fn an_outdated_etag_is_refused_and_an_unknown_one_does_not_matter() {
    let mut order = order("echo-sleep-test", json!({"message": "x"}));
    let shop = shop();
    let etag = shop.workshop.job_type("echo-sleep-test").unwrap().etag;
    assert!(shop.workshop.compile(order.clone()).is_ok());
    order.submitted.type_etag = Some(etag);
    assert!(shop.workshop.compile(order.clone()).is_ok());
    order.submitted.type_etag = Some("outdated".into());
    let error = shop.workshop.compile(order).unwrap_err();
    assert!(matches!(error, CompileError::OutdatedType { .. }));
}

#[test]
fn a_task_needs_name_and_type() {
    for script in [
        "author.Task()",
        "author.Task('a')",
        "author.Task('  ', 'b')",
        "job.addTask({ name: 'a' })",
    ] {
        assert!(refusal(script).contains("name and a type"), "{script}");
    }
}

#[test]
fn what_is_no_task_command_or_list_is_refused() {
    for script in [
        "job.addTask()",
        "job.addTask(null)",
        "job.addTask('a')",
        "author.Task('a', 'b').addCommand()",
        "author.Task('a', 'b').addDependency(undefined)",
        "author.Command('a', 'parameters')",
        "author.Command('a', 5)",
        "job.tasks = {}",
        "job.tasks.push(5)",
        "const t = author.Task('a', 'b'); t.commands = 5; job.addTask(t); job.tasks[0].commands = 5",
    ] {
        refusal(script);
    }
}

#[test]
fn dependencies_that_cannot_be_followed_are_refused_by_name() {
    let made = "const a = author.Task('A', 'x'), b = author.Task('B', 'x');";
    for (rest, problem) in [
        (
            "b.addDependency(a); job.addTask(b);",
            "task \"B\" depends on task \"A\", which was not added to the job",
        ),
        (
            "b.addDependency(a); b.addDependency(a); job.addTask(a); job.addTask(b);",
            "task \"B\" depends twice on task \"A\"",
        ),
        (
            "a.addDependency(b); b.addDependency(a); job.addTask(a); job.addTask(b);",
            "depends on itself, maybe through others",
        ),
        (
            "a.addDependency(a); job.addTask(a);",
            "task \"A\" depends on itself, maybe through others",
        ),
        (
            "a.dependencies.push(undefined); job.addTask(a);",
            "task \"A\" depends on something that is no task",
        ),
        (
            "job.addTask(a); job.addTask(a);",
            "task \"A\" was added to the job twice",
        ),
    ] {
        let refused = refusal(&format!("{made}{rest}"));
        assert!(refused.contains(problem), "{refused}");
    }
}

#[test]
fn dependencies_become_sorted_indices() {
    let job = body(
        "
        const [a, b, c] = ['a', 'b', 'c'].map((name) => author.Task(name, 'x'));
        c.addDependency(b); c.addDependency(a); a.addDependency(b);
        for (const task of [a, b, c]) job.addTask(task);
    ",
    )
    .unwrap();
    let dependencies: Vec<_> = job
        .tasks
        .iter()
        .map(|task| task.dependencies.clone())
        .collect();
    assert_eq!(dependencies, [vec![2], vec![], vec![1, 2]]);
}

#[test]
fn values_that_mean_nothing_outside_are_refused_with_their_place() {
    let wrap = |value: &str| {
        refusal(&format!(
            "const t = author.Task('A', 'x'); t.addCommand(author.Command('C', {{ p: {value} }})); job.addTask(t);"
        ))
    };
    assert_eq!(
        wrap("() => 1"),
        "task \"A\": the parameters of command \"C\": a value of type function cannot be stored"
    );
    for value in [
        "Symbol('x')",
        "1n",
        "NaN",
        "[1/0]",
        "Promise.resolve()",
        "{ get x() { throw new Error('own') } }",
        "'\\ud800'",
    ] {
        assert!(wrap(value).starts_with("task \"A\": "), "{value}");
    }
    assert!(wrap("(() => { const o = {}; o.o = o; return o; })()").contains("contains itself"));
    assert!(refusal("job.settings.f = () => 1").starts_with("job.settings: "));
}

#[test]
fn a_setting_that_does_not_fit_is_passed_on_and_named() {
    let script = "const JOB_TYPE = { settings: [{ key: 'size', type: 'int32', required: true }] };
        function compileJob(job) { if (job.settings.size === 'huge') throw new Error('too much'); }";
    let shop = shop().file("t.js", script);
    let compiled = |settings| {
        let job = shop.compile("t", settings).unwrap();
        (json!(job.settings), job.remarks.join(" "))
    };
    let (settings, remarks) = compiled(json!({}));
    assert_eq!(settings, json!({}));
    assert!(
        remarks.starts_with("setting \"size\" is required"),
        "{remarks}"
    );
    let (settings, remarks) = compiled(json!({"size": ["big"]}));
    assert_eq!(settings, json!({"size": ["big"]}));
    assert!(
        remarks.starts_with("setting \"size\" is of type int32"),
        "{remarks}"
    );
    assert_eq!(
        compiled(json!({"size": "3"})),
        (json!({"size": 3}), String::new())
    );
    // What does not fit is often why a script fails.
    let refused = shop
        .compile("t", json!({"size": "huge"}))
        .unwrap_err()
        .to_string();
    assert!(
        refused.starts_with("too much") && refused.contains("; setting \"size\" is of type int32"),
        "{refused}"
    );
}

#[test]
fn a_job_type_with_a_foreign_setting_is_left_out_of_the_list_and_can_be_used() {
    let script = "const JOB_TYPE = { settings: [{ key: 'tasks', type: 'list', required: true }] };
        function compileJob(job) {
            for (const it of job.settings.tasks) job.addTask(author.Task(it.name, 'misc'));
        }";
    let shop = shop().file("t.js", script);
    let listed: Vec<_> = shop.job_types().into_iter().map(|it| it.name).collect();
    assert_eq!(listed, ["echo-sleep-test", "simple-blender-render"]);
    let job_type = shop.workshop.job_type("t").unwrap();
    assert_eq!(
        json!(job_type.settings),
        json!([{"key": "tasks", "type": "list", "required": true}])
    );
    let job = shop
        .compile("t", json!({"tasks": [{"name": "a"}, {"name": "b"}]}))
        .unwrap();
    assert_eq!(job.tasks.len(), 2);
    assert!(job.remarks.is_empty());
}

#[test]
fn a_nul_or_an_odd_name_in_settings_changes_nothing() {
    let settings =
        json!({"a\u{0}b": "x\u{0}y", "__proto__": {"polluted": true}, "constructor": 1, "": ""});
    let job = shop()
        .file("t.js", "const JOB_TYPE = {}; function compileJob() {}")
        .compile("t", settings.clone())
        .unwrap();
    assert_eq!(json!(job.settings), settings);
}
