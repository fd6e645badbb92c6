//! What the Manager gives to job scripts: the plain functions on which the prelude builds the world they know.
//!
//! The prelude makes arguments into texts and numbers before it calls; here nothing is coerced.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use chrono::{DateTime, Local};
use farandole_protocol::shell_split::shell_split;
use rquickjs::context::EvalOptions;
use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Value};
use uuid::Uuid;

use super::scripts::Library;
use super::{frames, paths};

/// The lines that one run of a script may log; a loop that prints must not fill the log.
const MOST_LINES: u32 = 200;

/// The characters of one of them.
const LONGEST_LINE: usize = 2_000;

/// What the functions need to know.
#[derive(Debug)]
pub(super) struct Host {
    /// Where modules are.
    pub(super) library: Library,
    /// What is run, for log lines: the script's file.
    pub(super) file: String,
    /// For which job, if for any.
    pub(super) job: String,
    lines: Cell<u32>,
}

impl Host {
    pub(super) fn new(library: Library, file: String, job: String) -> Self {
        Self {
            library,
            file,
            job,
            lines: Cell::new(0),
        }
    }

    fn log(&self, level: &str, text: &str) {
        let lines = self.lines.get();
        if lines >= MOST_LINES {
            return;
        }
        self.lines.set(lines + 1);
        let text: String = text.chars().take(LONGEST_LINE).collect();
        if level == "warn" {
            tracing::warn!(job.id = self.job, script = self.file, "{text}");
        } else {
            tracing::info!(job.id = self.job, script = self.file, "{text}");
        }
        if lines + 1 == MOST_LINES {
            tracing::warn!(
                job.id = self.job,
                script = self.file,
                "the script logs too much, no more of it is shown"
            );
        }
    }
}

/// The object with all functions, which the prelude is called with.
pub(super) fn object<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> rquickjs::Result<Object<'js>> {
    let functions = Object::new(ctx.clone())?;
    functions.set("platform", platform())?;
    functions.set("cwd", Func::from(working_directory))?;
    functions.set("uuid", Func::from(|| Uuid::new_v4().to_string()))?;
    functions.set(
        "basename",
        Func::from(|path: String| paths::basename(&path)),
    )?;
    functions.set("dirname", Func::from(|path: String| paths::dirname(&path)))?;
    functions.set("stem", Func::from(|path: String| paths::stem(&path)))?;
    functions.set("join", Func::from(|parts: Vec<String>| paths::join(&parts)))?;
    functions.set("frameChunker", Func::from(frame_chunker))?;
    functions.set("frameCount", Func::from(frame_count))?;
    functions.set("shellSplit", Func::from(split_line))?;
    functions.set("formatTimestamp", Func::from(format_timestamp))?;
    functions.set("evaluate", Func::from(evaluate))?;
    let logging = Rc::clone(host);
    let log = move |level: String, text: String| logging.log(&level, &text);
    functions.set("log", Func::from(log))?;
    let finding = Rc::clone(host);
    let find = move |folder: String, request: String| {
        let found = finding.library.module(&folder, &request);
        found.map(|(file, source)| vec![file, source])
    };
    functions.set("findModule", Func::from(find))?;
    Ok(functions)
}

/// The Manager's platform, in the words that the reference uses.
pub(super) fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// Runs a script of this name, strict as all of them are, and gives its last value.
pub(super) fn evaluate(ctx: Ctx<'_>, source: String, file: String) -> rquickjs::Result<Value<'_>> {
    let mut options = EvalOptions::default();
    options.filename = Some(file);
    ctx.eval_with_options(source, options)
}

/// Throws the error as the reference does, where an error of the host has this name.
fn or_throw<T, E: fmt::Display>(ctx: &Ctx<'_>, result: Result<T, E>) -> rquickjs::Result<T> {
    result.map_err(|error| {
        let exception = Exception::from_message(ctx.clone(), &error.to_string());
        match exception.and_then(|it| it.set("name", "GoError").map(|()| it)) {
            Ok(exception) => exception.throw(),
            Err(error) => error,
        }
    })
}

fn frame_chunker(ctx: Ctx<'_>, range: String, size: i32) -> rquickjs::Result<Vec<String>> {
    or_throw(&ctx, frames::chunks(&range, size))
}

fn frame_count(ctx: Ctx<'_>, range: String) -> rquickjs::Result<u64> {
    or_throw(&ctx, frames::count(&range))
}

fn split_line(ctx: Ctx<'_>, line: String) -> rquickjs::Result<Vec<String>> {
    or_throw(&ctx, shell_split(&line))
}

fn format_timestamp(ctx: Ctx<'_>, time: String) -> rquickjs::Result<String> {
    let time = or_throw(&ctx, DateTime::parse_from_rfc3339(&time))?;
    Ok(time
        .with_timezone(&Local)
        .format("%Y-%m-%d_%H%M%S")
        .to_string())
}

fn working_directory(ctx: Ctx<'_>) -> rquickjs::Result<String> {
    or_throw(&ctx, std::env::current_dir()).map(|folder| folder.display().to_string())
}
