//! Where scripts run: in a process of their own, or, where there is none to start, on this thread.

use std::path::PathBuf;

use farandole_protocol::api::AvailableJobType;

use super::child::{Runner, RunnerError, ScriptRunner};
use super::messages::{CompileError, CompileJob, CompiledJob};
use super::scripts::Library;
use super::serve::carry_out;
use super::session::Limits;
use super::wire::{Order, Outcome, Request};
use super::workshop::{self, Workshop};
use crate::config::{Config, LogFormat};

/// An answer is longer than what its script may use, since texts grow in JSON.
const GROWTH: u64 = 8;

/// Runs scripts, one at a time.
#[derive(Debug)]
pub(super) struct Engine {
    folders: Vec<PathBuf>,
    program: Option<ScriptRunner>,
    runner: Option<Runner>,
}

impl Engine {
    /// One that runs the scripts of these folders by this program.
    pub(super) fn new(folders: Vec<PathBuf>, program: Option<ScriptRunner>) -> Self {
        Self {
            folders,
            program,
            runner: None,
        }
    }

    /// All job types whose scripts can be used.
    pub(super) fn job_types(&mut self, config: &Config, limits: &Limits) -> Vec<AvailableJobType> {
        let names = Library::new(self.folders.clone()).names();
        workshop::usable(names, |name| self.job_type(config, limits, name.to_owned()))
    }

    /// The job type of this name.
    pub(super) fn job_type(
        &mut self,
        config: &Config,
        limits: &Limits,
        name: String,
    ) -> Result<AvailableJobType, CompileError> {
        let file = name.clone();
        match self.run(config, limits, Order::Describe(name))? {
            Outcome::Described(described) => described,
            Outcome::Compiled(_) => Err(CompileError::EngineFailed { file }),
        }
    }

    /// The submitted job with its tasks.
    pub(super) fn compile(
        &mut self,
        config: &Config,
        limits: &Limits,
        order: CompileJob,
    ) -> Result<CompiledJob, CompileError> {
        let file = order.submitted.job_type.clone();
        match self.run(config, limits, Order::Compile(Box::new(order)))? {
            Outcome::Compiled(compiled) => compiled,
            Outcome::Described(_) => Err(CompileError::EngineFailed { file }),
        }
    }

    fn run(
        &mut self,
        config: &Config,
        limits: &Limits,
        order: Order,
    ) -> Result<Outcome, CompileError> {
        let Some(program) = self.program.clone() else {
            let workshop = Workshop {
                library: Library::new(self.folders.clone()),
                limits: *limits,
            };
            return Ok(carry_out(&workshop, order));
        };
        let request = Request::new(self.folders.clone(), limits, order);
        // One that was there may have been ended by the system meanwhile, which no script is to blame for.
        let was_there = self.runner.is_some();
        let mut outcome = self.ask(&program, config, &request);
        if was_there && matches!(outcome, Err(RunnerError::Failed(_))) {
            outcome = self.ask(&program, config, &request);
        }
        outcome.map_err(|error| {
            let file = Library::new(self.folders.clone()).file_name(request.order.job_type());
            match error {
                RunnerError::OverTime => CompileError::OverTime {
                    file,
                    limit: limits.time,
                },
                RunnerError::Failed(error) => {
                    tracing::error!(%error, script = file, "the process that runs scripts failed");
                    CompileError::EngineFailed { file }
                }
            }
        })
    }

    fn ask(
        &mut self,
        program: &ScriptRunner,
        config: &Config,
        request: &Request,
    ) -> Result<Outcome, RunnerError> {
        let mut runner = match self.runner.take() {
            Some(runner) => runner,
            None => program.start(&config.log_level, format_name(config.log_format))?,
        };
        let most = (request.limits().output as u64).saturating_mul(GROWTH);
        let outcome = runner.ask(request, most)?;
        self.runner = Some(runner);
        Ok(outcome)
    }
}

fn format_name(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    }
}
