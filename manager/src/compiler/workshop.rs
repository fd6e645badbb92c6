//! From a name to a job type, from a submission to a job: which script is run with what, and what its failures mean.

use chrono::{DateTime, Datelike, Local, SecondsFormat, Timelike};
use farandole_protocol::api::{AvailableJobType, JobSettings};
use farandole_protocol::time::Timestamp;
use rquickjs::Object;
use serde_json::{Value as Json, json};

use super::budget::Spent;
use super::harvest::harvest;
use super::host::Host;
use super::job_type::{self, JobType};
use super::messages::{CompileError, CompileJob, CompiledJob};
use super::scripts::{Library, Script, UnreadableScript};
use super::session::{self, Failure, Limits, Session};
use super::settings::{self, ReadSettings};
use super::values::Taker;

/// The scripts and what each may use up.
#[derive(Clone, Debug)]
pub(super) struct Workshop {
    pub(super) library: Library,
    pub(super) limits: Limits,
}

impl Workshop {
    /// The job type of this name.
    pub(super) fn job_type(&self, name: &str) -> Result<AvailableJobType, CompileError> {
        self.read_type(&self.script(name)?)
    }

    /// The submitted job with its tasks.
    pub(super) fn compile(&self, order: CompileJob) -> Result<CompiledJob, CompileError> {
        let script = self.script(&order.submitted.job_type)?;
        let host = self.host(&script, order.id.to_string());
        let compiled = session::run(&self.limits, host, &script, |session| {
            Ok(self.compile_in(session, &script, order))
        });
        compiled.unwrap_or_else(|failure| Err(self.broken(&script, failure)))
    }

    /// The outer layer of a compile: the script has run, so errors up to here are the script's alone.
    fn compile_in(
        &self,
        session: &Session<'_>,
        script: &Script,
        mut order: CompileJob,
    ) -> Result<CompiledJob, CompileError> {
        let job_type = self
            .type_in(session, script)
            .map_err(|failure| self.broken(script, failure))?
            .description;
        let known = order.submitted.type_etag.as_deref().unwrap_or_default();
        if !known.is_empty() && known != job_type.etag {
            return Err(CompileError::OutdatedType {
                name: order.submitted.job_type,
            });
        }
        let given = order.submitted.settings.take().unwrap_or_default();
        let ReadSettings { settings, remarks } = settings::read(given, &job_type.settings);
        match run_compile_job(session, &fields(&order, &settings), &self.limits) {
            Ok(compiled) => Ok(CompiledJob {
                remarks,
                ..compiled
            }),
            Err(failure) => Err(self.refused(script, failure, &remarks)),
        }
    }

    fn script(&self, name: &str) -> Result<Script, CompileError> {
        match self.library.find(name) {
            Ok(Some(script)) => Ok(script),
            Ok(None) => Err(CompileError::UnknownType {
                name: name.to_owned(),
            }),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn host(&self, script: &Script, job: String) -> Host {
        Host::new(self.library.clone(), script.file.clone(), job)
    }

    fn read_type(&self, script: &Script) -> Result<AvailableJobType, CompileError> {
        let host = self.host(script, String::new());
        let JobType {
            description,
            dropped,
        } = session::run(&self.limits, host, script, |session| {
            self.type_in(session, script)
        })
        .map_err(|failure| self.broken(script, failure))?;
        for dropped in dropped {
            tracing::warn!(
                script = script.file,
                setting.dropped = dropped,
                "a hint that is unknown is dropped from a setting of a job type"
            );
        }
        Ok(description)
    }

    fn type_in(&self, session: &Session<'_>, script: &Script) -> Result<JobType, Failure> {
        let raw = session.global("JOB_TYPE")?;
        if raw.is_undefined() {
            return Err(Failure::Incomplete(
                "does not define a JOB_TYPE object".to_owned(),
            ));
        }
        let raw = Taker::new(session, self.limits.output)?
            .json(&raw, 0)
            .map_err(|failure| match failure {
                Failure::Thrown(problem) => Failure::Incomplete(format!(
                    "does not define a proper JOB_TYPE object: {problem}"
                )),
                other @ (Failure::Spent(_) | Failure::Incomplete(_) | Failure::TooLarge(_)) => {
                    other
                }
            })?;
        job_type::read(&script.name, &raw).map_err(|error| Failure::Incomplete(error.to_string()))
    }

    /// What a failure means that no submission can be blamed for.
    fn broken(&self, script: &Script, failure: Failure) -> CompileError {
        let file = script.file.clone();
        match failure {
            Failure::Thrown(problem) => CompileError::BrokenScript {
                file,
                problem: format!("cannot be run: {problem}"),
            },
            Failure::Incomplete(problem) => CompileError::BrokenScript { file, problem },
            Failure::TooLarge(problem) => CompileError::TooLarge { problem },
            Failure::Spent(spent) => self.overspent(file, spent),
        }
    }

    /// What a failure of `compileJob` means. The remarks about the settings often say why the script failed.
    fn refused(&self, script: &Script, failure: Failure, remarks: &[String]) -> CompileError {
        match failure {
            Failure::Thrown(problem) => CompileError::Refused {
                problem: std::iter::once(problem)
                    .chain(remarks.iter().cloned())
                    .collect::<Vec<_>>()
                    .join("; "),
            },
            other @ (Failure::Incomplete(_) | Failure::TooLarge(_) | Failure::Spent(_)) => {
                self.broken(script, other)
            }
        }
    }

    fn overspent(&self, file: String, spent: Spent) -> CompileError {
        match spent {
            Spent::Time => CompileError::OverTime {
                file,
                limit: self.limits.time,
            },
            Spent::Memory => CompileError::OverMemory {
                file,
                limit: self.limits.memory,
            },
        }
    }
}

/// The job types that can be used, and that every client can read, of those with these names.
pub(super) fn usable(
    names: Vec<String>,
    mut read: impl FnMut(&str) -> Result<AvailableJobType, CompileError>,
) -> Vec<AvailableJobType> {
    let mut types = Vec::new();
    for name in names {
        match read(&name) {
            Ok(job_type) => match job_type.foreign_setting() {
                None => types.push(job_type),
                Some(setting) => tracing::warn!(
                    job.type = job_type.name,
                    setting.key = setting.key,
                    setting.type = %setting.setting_type,
                    "a job type with a setting of unknown type is left out of the list; it can be used by name"
                ),
            },
            Err(error) => tracing::warn!(%error, "a job type is left out"),
        }
    }
    types
}

fn unreadable(error: UnreadableScript) -> CompileError {
    CompileError::BrokenScript {
        problem: format!("cannot be read: {}", error.source),
        file: error.file,
    }
}

fn run_compile_job(
    session: &Session<'_>,
    fields: &Json,
    limits: &Limits,
) -> Result<CompiledJob, Failure> {
    let fields = session.check(session.ctx.json_parse(fields.to_string()))?;
    let job: Object<'_> = session.check(session.function("createJob")?.call((fields,)))?;
    session.compile_job(&job)?;
    harvest(session, &job, limits)
}

/// What the prelude makes the `job` object of.
fn fields(order: &CompileJob, settings: &JobSettings) -> Json {
    let CompileJob {
        submitted,
        id,
        created,
    } = order;
    let storage = submitted.storage.as_ref();
    json!({
        "jobID": id.to_string(),
        "name": submitted.name,
        "jobType": submitted.job_type,
        "priority": submitted.priority,
        "settings": settings,
        "metadata": submitted.metadata,
        "shamanCheckoutID": storage.map(|storage| &storage.shaman_checkout_id),
        "workerTagUUID": submitted.worker_tag,
        "created": moment(*created),
    })
}

/// The time as the reference's scripts see it: in the Manager's zone, with the methods of a Go time.
fn moment(time: Timestamp) -> Json {
    let local: DateTime<Local> = time.with_timezone(&Local);
    json!({
        "millis": time.timestamp_millis(),
        "text": local.format("%Y-%m-%d %H:%M:%S%.f %z %Z").to_string(),
        "rfc3339": local.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        "parts": {
            "year": local.year(),
            "month": local.month(),
            "day": local.day(),
            "hour": local.hour(),
            "minute": local.minute(),
            "second": local.second(),
            "nanosecond": local.nanosecond(),
            "weekday": local.weekday().num_days_from_sunday(),
            "yearDay": local.ordinal(),
            "unix": time.timestamp(),
            "unixMilli": time.timestamp_millis(),
            "unixMicro": time.timestamp_micros(),
        },
    })
}
