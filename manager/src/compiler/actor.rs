//! The Compiler's threads: each takes an order, has a script run, answers.

use std::path::PathBuf;
use std::thread;

use actix::{Actor, Handler, SyncArbiter, SyncContext};
use tracing::instrument;

use super::child::ScriptRunner;
use super::engine::Engine;
use super::messages::{CompileJob, GetJobType, ListJobTypes};
use super::serve::THREAD_STACK;
use super::session::Limits;
use crate::ask::{Ask, Front};
use crate::config::{Config, InForce};

/// Tasks that a job may have.
const MOST_TASKS: usize = 1_000_000;

/// What scripts are run for. Each has threads of its own, so that questions do not hold up submissions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lane {
    /// Jobs are submitted.
    Submissions,
    /// Jobs are checked, and job types are asked for.
    Questions,
}

impl Lane {
    /// Scripts that run at the same time. Two, so that a slow one does not hold up all submissions; not more, since
    /// each may take a processor and all the memory that it is allowed.
    const fn threads(self) -> usize {
        match self {
            Self::Submissions => 2,
            Self::Questions => 1,
        }
    }

    /// Orders that wait or are worked on. Enough for a burst; what would wait longer than its caller does is better
    /// told so at once.
    const fn places(self) -> usize {
        match self {
            Self::Submissions => 32,
            Self::Questions => 16,
        }
    }
}

/// What the Compiler has to know.
#[derive(Clone, Debug)]
pub struct CompilerOptions {
    /// Where scripts are, beside those in the program. The first folder wins; none of them has to exist.
    pub script_folders: Vec<PathBuf>,
    /// What a script may take of time and memory, as it is in force when it runs. 100,000 tasks of a usual kind take
    /// 200 MB, and one or two seconds.
    pub config: InForce,
    /// How the processes are started in which scripts run. Without, they run on the threads of this one, where some
    /// loops of the engine cannot be ended.
    pub runner: Option<ScriptRunner>,
    /// What it is for.
    pub lane: Lane,
}

/// The job types: which there are, and the jobs that they make. See the module's documentation.
#[derive(Debug)]
pub struct Compiler {
    engine: Engine,
    config: InForce,
}

impl Compiler {
    /// Starts the threads.
    pub fn start(options: CompilerOptions) -> Front<Self> {
        let CompilerOptions {
            script_folders,
            config,
            runner,
            lane,
        } = options;
        let thread = || {
            thread::Builder::new()
                .name("work-compiler".to_owned())
                .stack_size(THREAD_STACK)
        };
        let addr = SyncArbiter::start_with_thread_builder(lane.threads(), thread, move || Self {
            engine: Engine::new(script_folders.clone(), runner.clone()),
            config: config.clone(),
        });
        Front::new(addr, lane.places())
    }
}

fn limits(config: &Config) -> Limits {
    let memory = config.script_memory_limit << 20;
    Limits {
        time: config.script_time_limit.0,
        memory,
        tasks: MOST_TASKS,
        output: memory,
    }
}

impl Actor for Compiler {
    type Context = SyncContext<Self>;
}

impl Handler<Ask<ListJobTypes>> for Compiler {
    type Result = ();

    #[instrument(name = "compiler.list_job_types", skip_all)]
    fn handle(&mut self, ask: Ask<ListJobTypes>, _: &mut Self::Context) {
        let config = self.config.get();
        let types = self.engine.job_types(&config, &limits(&config));
        ask.reply.answer(types);
    }
}

impl Handler<Ask<GetJobType>> for Compiler {
    type Result = ();

    #[instrument(name = "compiler.get_job_type", skip_all, fields(job.type = ask.order.name))]
    fn handle(&mut self, ask: Ask<GetJobType>, _: &mut Self::Context) {
        let config = self.config.get();
        let job_type = self
            .engine
            .job_type(&config, &limits(&config), ask.order.name);
        ask.reply.answer(job_type);
    }
}

impl Handler<Ask<CompileJob>> for Compiler {
    type Result = ();

    #[instrument(name = "compiler.compile_job", skip_all, fields(job.id = %ask.order.id))]
    fn handle(&mut self, ask: Ask<CompileJob>, _: &mut Self::Context) {
        let config = self.config.get();
        let job = self.engine.compile(&config, &limits(&config), ask.order);
        ask.reply.answer(job);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use farandole_settings::GoDuration;
    use serde_json::json;

    use super::*;
    use crate::ask::{self, AskError};
    use crate::compiler::{CompileError, CompiledJob};
    use crate::config::in_force;
    use farandole_protocol::ids::JobId;
    use farandole_protocol::time;

    fn start(script_folders: Vec<PathBuf>) -> Front<Compiler> {
        let config = Config {
            script_time_limit: GoDuration(Duration::from_mins(1)),
            script_memory_limit: 64,
            ..Config::default()
        };
        Compiler::start(CompilerOptions {
            script_folders,
            config: in_force(config).1,
            runner: None,
            lane: Lane::Submissions,
        })
    }

    fn order(job_type: &str) -> CompileJob {
        let submitted = json!({
            "name": "a job", "type": job_type, "submitter_platform": "linux", "settings": {"message": "hello"},
        });
        CompileJob {
            submitted: serde_json::from_value(submitted).unwrap(),
            id: JobId::random(),
            created: time::now(),
        }
    }

    #[actix::test]
    async fn types_are_told_and_jobs_are_made() {
        let compiler = start(Vec::new());
        let types = ask::ask(&compiler, ListJobTypes).await.unwrap();
        let name = "echo-sleep-test".to_owned();
        let job_type = ask::ask(&compiler, GetJobType { name }).await.unwrap();
        assert_eq!(types.first(), job_type.ok().as_ref());
        let job: CompiledJob = ask::ask(&compiler, order("echo-sleep-test"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(job.tasks.len(), 2);
        let unknown = ask::ask(&compiler, order("nothing")).await.unwrap();
        assert!(matches!(unknown, Err(CompileError::UnknownType { .. })));
    }

    #[actix::test]
    async fn what_is_too_much_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        // Each takes long enough for the next ones to be handed over meanwhile.
        fs::write(
            folder.path().join("slow.js"),
            "const JOB_TYPE = {}; function compileJob() { for (let i = 0; i < 1e6; i++); }",
        )
        .unwrap();
        let compiler = start(vec![folder.path().to_owned()]);
        let answers: Vec<_> = (0..=Lane::Submissions.places() + Lane::Submissions.threads())
            .map(|_| ask::hand_over(&compiler, order("slow")))
            .collect();
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        assert!(refused > 0);
        for answer in answers {
            match answer {
                Ok(answer) => assert!(answer.wait().await.unwrap().is_ok()),
                Err(error) => assert_eq!(error, AskError::Busy),
            }
        }
        assert!(ask::ask(&compiler, order("slow")).await.unwrap().is_ok());
    }
}
