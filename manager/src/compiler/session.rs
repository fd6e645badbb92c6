//! One script in an engine of its own: started, run, asked for its `JOB_TYPE` and its `compileJob`, ended.
//!
//! A runtime costs a tenth of a millisecond, so none is ever used twice: what one script leaves behind, no other
//! sees.

use std::rc::Rc;
use std::time::Duration;

use rquickjs::promise::PromiseState;
use rquickjs::{
    Array, CaughtError, Coerced, Context, Ctx, Exception, Function, Object, Promise, Runtime, Value,
};

use super::budget::{Budget, Spent};
use super::host::{self, Host};
use super::scripts::Script;

const PRELUDE: &str = include_str!("prelude.js");

/// How the prelude is called in stack traces, where nobody is interested in it.
const PRELUDE_FILE: &str = "<prelude>";

/// The stack of a script. The thread's own has to be larger, since the engine also leaves room for itself.
const STACK: usize = 1 << 20;

/// What a script may use up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Time.
    pub(super) time: Duration,
    /// Bytes, in the engine.
    pub(super) memory: usize,
    /// Tasks that it may make.
    pub(super) tasks: usize,
    /// Bytes that they may have, outside of the engine.
    pub(super) output: usize,
}

/// Why a script did not give what it was run for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    /// It used up what it had.
    Spent(Spent),
    /// It threw an exception: the text, and where.
    Thrown(String),
    /// It lacks something; what, as something that it does.
    Incomplete(String),
    /// It made more than a job may have.
    TooLarge(String),
}

/// A running script.
pub(super) struct Session<'js> {
    pub(super) ctx: Ctx<'js>,
    pub(super) budget: Rc<Budget>,
    prelude: Object<'js>,
}

/// Runs the script's top level, then `work`.
pub(super) fn run<R>(
    limits: &Limits,
    host: Host,
    script: &Script,
    work: impl FnOnce(&Session<'_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let budget = Budget::new(limits.time, limits.memory);
    let done = in_engine(&budget, limits, |ctx| {
        let session = Session::start(ctx, &budget, &Rc::new(host))?;
        budget.begin();
        session.check(host::evaluate(
            session.ctx.clone(),
            script.source.clone(),
            script.file.clone(),
        ))?;
        session.settle()?;
        work(&session)
    });
    // A script that caught the exception may have gone on with what it had no room for.
    match budget.noted() {
        Some(spent) => Err(Failure::Spent(spent)),
        None => done,
    }
}

fn in_engine<R>(
    budget: &Rc<Budget>,
    limits: &Limits,
    work: impl FnOnce(Ctx<'_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let started = Runtime::new_with_alloc(budget.allocator()).and_then(|runtime| {
        runtime.set_max_stack_size(STACK);
        // Looking for garbage in circles is a quarter of a compile's time, and there is hardly any.
        runtime.set_gc_threshold(limits.memory / 2);
        let watch = Rc::clone(budget);
        runtime.set_interrupt_handler(Some(Box::new(move || watch.ends_script())));
        Context::full(&runtime)
    });
    match started {
        Ok(context) => context.with(work),
        Err(error) => Err(Failure::Thrown(error.to_string())),
    }
}

impl<'js> Session<'js> {
    fn start(ctx: Ctx<'js>, budget: &Rc<Budget>, host: &Rc<Host>) -> Result<Self, Failure> {
        let prelude = host::evaluate(ctx.clone(), PRELUDE.to_owned(), PRELUDE_FILE.to_owned())
            .and_then(|prelude| prelude.get::<Function<'js>>())
            .and_then(|prelude| prelude.call((host::object(&ctx, host)?,)));
        match prelude {
            Ok(prelude) => Ok(Self {
                ctx,
                budget: Rc::clone(budget),
                prelude,
            }),
            Err(error) => Err(Failure::Thrown(describe(&ctx, error))),
        }
    }

    /// A function of the prelude.
    pub(super) fn function(&self, name: &str) -> Result<Function<'js>, Failure> {
        self.check(self.prelude.get(name))
    }

    /// The value of a global of the script, which may be lexical and so no member of the global object.
    pub(super) fn global(&self, name: &str) -> Result<Value<'js>, Failure> {
        let look = format!("typeof {name} === 'undefined' ? undefined : {name}");
        self.check(self.ctx.eval(look))
    }

    /// Calls `compileJob` and waits until all that it awaits is done.
    pub(super) fn compile_job(&self, job: &Object<'js>) -> Result<(), Failure> {
        let function = self.global("compileJob")?.into_function().ok_or_else(|| {
            Failure::Incomplete("does not define a compileJob function".to_owned())
        })?;
        let returned: Value<'js> = self.check(function.call((job.clone(),)))?;
        self.settle()?;
        let Some(promise) = returned.as_promise() else {
            return Ok(());
        };
        self.finish(promise)
    }

    fn finish(&self, promise: &Promise<'js>) -> Result<(), Failure> {
        if promise.state() == PromiseState::Pending {
            return Err(Failure::Thrown(
                "compileJob awaits something that never happens".to_owned(),
            ));
        }
        match promise.result::<Value<'js>>() {
            Some(result) => self.check(result).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Does what scripts have put off: the continuations of promises.
    fn settle(&self) -> Result<(), Failure> {
        while self.ctx.execute_pending_job() {
            self.still_within_budget()?;
        }
        Ok(())
    }

    /// For loops of ours, which the engine does not interrupt.
    pub(super) fn still_within_budget(&self) -> Result<(), Failure> {
        match self.budget.spent() {
            Some(spent) => Err(Failure::Spent(spent)),
            None => Ok(()),
        }
    }

    /// The length of a list. Read by hand, since it may be any number: a list need not have as many items.
    pub(super) fn length(&self, list: &Array<'js>) -> Result<u32, Failure> {
        let length: f64 = self.check(list.as_object().get("length"))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "such casts stay within the type's range"
        )]
        Ok(length as u32)
    }

    /// The items of a list.
    pub(super) fn items(
        &self,
        list: &Array<'js>,
    ) -> Result<impl Iterator<Item = Result<Value<'js>, Failure>>, Failure> {
        let length = self.length(list)?;
        Ok((0..length).map(|index| self.check(list.as_object().get(index))))
    }

    /// Turns an exception into words.
    pub(super) fn check<T>(&self, result: rquickjs::Result<T>) -> Result<T, Failure> {
        result.map_err(|error| {
            let description = describe(&self.ctx, error);
            match self.budget.noted() {
                Some(spent) => Failure::Spent(spent),
                None => Failure::Thrown(description),
            }
        })
    }
}

/// What was thrown, and where. The text of a thrown value may be made by a function of the script, which may throw.
fn describe(ctx: &Ctx<'_>, error: rquickjs::Error) -> String {
    match CaughtError::from_error(ctx, error) {
        CaughtError::Exception(exception) => {
            let place = exception.stack().as_deref().and_then(place);
            match (refusal(&exception), place) {
                // It is meant for the person who submits, to whom the place in a script says nothing.
                (Some(refusal), place) => {
                    // Each submitter is told, and the HTTP edge tells of them all in few lines.
                    tracing::debug!(
                        script = place,
                        reason = refusal,
                        "a job-type script refuses a job"
                    );
                    refusal
                }
                (None, Some(place)) => format!("{} at {place}", named(&exception)),
                (None, None) => named(&exception),
            }
        }
        CaughtError::Value(value) => match value.get::<Coerced<String>>() {
            Ok(text) => text.0,
            Err(_) => "the script threw something that cannot be shown".to_owned(),
        },
        CaughtError::Error(error) => error.to_string(),
    }
}

/// The message of an exception that a script or one of its functions throws to refuse a job.
fn refusal(exception: &Exception<'_>) -> Option<String> {
    let is_plain = matches!(name(exception).as_str(), "Error" | "GoError");
    let message = exception.message().filter(|message| !message.is_empty());
    message.filter(|_| is_plain)
}

/// Another exception, such as a `TypeError`: a mistake in the script, which its name helps to find.
fn named(exception: &Exception<'_>) -> String {
    let message = exception.message().unwrap_or_default();
    format!("{}: {message}", name(exception))
}

fn name(exception: &Exception<'_>) -> String {
    let name = exception.get::<_, Coerced<String>>("name");
    name.map_or_else(|_| "Error".to_owned(), |name| name.0)
}

/// The innermost line of a stack trace that is in a script, as `function (file:line:column)`.
fn place(stack: &str) -> Option<String> {
    stack.lines().find_map(|line| {
        let line = line.trim().strip_prefix("at ")?;
        let (function, place) = match line
            .strip_suffix(')')
            .and_then(|line| line.rsplit_once(" ("))
        {
            Some((function, place)) => (function, place),
            None => ("", line),
        };
        if place.starts_with(PRELUDE_FILE) || !place.contains(':') {
            return None;
        }
        Some(match function {
            "" | "<eval>" | "<anonymous>" => place.to_owned(),
            function => format!("{function} ({place})"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn the_place_is_the_innermost_line_of_a_script() {
        let stack = "    at frameChunker (native)\n    at frameChunker (<prelude>:3:5)\n    at compileJob (a.js:7:9)\n";
        assert_eq!(place(stack).as_deref(), Some("compileJob (a.js:7:9)"));
        assert_eq!(
            place("    at <eval> (a.js:1:2)\n").as_deref(),
            Some("a.js:1:2")
        );
        assert_eq!(place("    at a.js:3:1\n").as_deref(), Some("a.js:3:1"));
        assert_eq!(place(""), None);
    }
}
