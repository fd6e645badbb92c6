//! Taking the compiled job out of the engine: the `job` object that `compileJob` has worked on, with its tasks.
//!
//! Dependencies are references to tasks; here they become indices, and what cannot be followed is refused, with names that
//! the script's author knows.

use std::collections::{BTreeMap, HashMap};

use farandole_protocol::api::{Command, JobMetadata, JobSettings};
use rquickjs::{Array, Coerced, Object, Value};

use super::graph::{self, GraphFault};
use super::messages::{CompiledJob, CompiledTask};
use super::session::{Failure, Limits, Session};
use super::values::Taker;

/// The dependencies that a job's tasks may have altogether: a thousand tasks that each depend on ten thousand.
const MOST_DEPENDENCIES: usize = 10_000_000;

/// The job as the script left it.
pub(super) fn harvest<'js>(
    session: &Session<'js>,
    job: &Object<'js>,
    limits: &Limits,
) -> Result<CompiledJob, Failure> {
    let mut taker = Taker::new(session, limits.output)?;
    let storage: Object<'js> = session.check(job.get("storage"))?;
    Ok(CompiledJob {
        name: taker.text(job, "name")?,
        job_type: taker.text(job, "jobType")?,
        priority: taker.int(job, "priority")?,
        settings: settings(session, &mut taker, job)?,
        metadata: metadata(session, &mut taker, job)?,
        shaman_checkout_id: some(taker.text(&storage, "shamanCheckoutID")?),
        worker_tag: some(taker.text(job, "workerTagUUID")?),
        remarks: Vec::new(),
        tasks: tasks(session, &mut taker, job, limits.tasks)?,
    })
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn settings<'js>(
    session: &Session<'js>,
    taker: &mut Taker<'_, 'js>,
    job: &Object<'js>,
) -> Result<JobSettings, Failure> {
    let settings: Value<'js> = session.check(job.get("settings"))?;
    taker
        .members(&settings)
        .map(JobSettings)
        .map_err(|failure| within(failure, || "job.settings".to_owned()))
}

fn metadata<'js>(
    session: &Session<'js>,
    taker: &mut Taker<'_, 'js>,
    job: &Object<'js>,
) -> Result<JobMetadata, Failure> {
    let metadata: Object<'js> = session.check(job.get("metadata"))?;
    let mut texts = BTreeMap::new();
    for member in metadata.props::<rquickjs::String<'js>, Coerced<String>>() {
        let (key, Coerced(text)) = session.check(member)?;
        let key = session.check(key.to_string())?;
        taker.count(key.len() + text.len())?;
        texts.insert(key, text);
    }
    Ok(JobMetadata(texts))
}

fn tasks<'js>(
    session: &Session<'js>,
    taker: &mut Taker<'_, 'js>,
    job: &Object<'js>,
    most: usize,
) -> Result<Vec<CompiledTask>, Failure> {
    let added: Array<'js> = session.check(job.get("tasks"))?;
    let count = session.length(&added)? as usize;
    if count > most {
        return Err(Failure::TooLarge(format!(
            "it has {count} tasks, more than the {most} that are possible"
        )));
    }
    let mut harvest = TaskHarvest {
        session,
        taker,
        indices: HashMap::with_capacity(count),
        dependencies: 0,
    };
    let mut tasks = Vec::with_capacity(count);
    for (task, index) in session.items(&added)?.zip(1_u32..) {
        session.still_within_budget()?;
        tasks.push(harvest.task(task?, index)?);
    }
    harvest.link(&added, &mut tasks)?;
    Ok(tasks)
}

struct TaskHarvest<'a, 'b, 'js> {
    session: &'a Session<'js>,
    taker: &'a mut Taker<'b, 'js>,
    /// The index of each task by the script's id for it.
    indices: HashMap<String, u32>,
    dependencies: usize,
}

impl<'js> TaskHarvest<'_, '_, 'js> {
    /// The task without its dependencies.
    fn task(&mut self, task: Value<'js>, index: u32) -> Result<CompiledTask, Failure> {
        let Some(task) = task.into_object() else {
            return Err(Failure::Thrown(
                "job.tasks contains something that is no task".to_owned(),
            ));
        };
        let name = self.taker.text(&task, "name")?;
        let id = self.taker.text(&task, "uUID")?;
        if self.indices.insert(id, index).is_some() {
            return Err(Failure::Thrown(format!(
                "task {name:?} was added to the job twice"
            )));
        }
        let listed: Array<'js> = self.session.check(task.get("commands"))?;
        let mut commands = Vec::new();
        for command in self.session.items(&listed)? {
            let command = self
                .command(command?)
                .map_err(|failure| within(failure, || format!("task {name:?}")))?;
            commands.push(command);
        }
        Ok(CompiledTask {
            task_type: self.taker.text(&task, "type")?,
            priority: self.taker.int(&task, "priority")?,
            dependencies: Vec::new(),
            optional: self.taker.flag(&task, "optional")?,
            steps_total: commands.iter().map(|it| it.total_step_count.max(1)).sum(),
            commands,
            name,
        })
    }

    fn command(&mut self, command: Value<'js>) -> Result<Command, Failure> {
        let command = command
            .into_object()
            .ok_or_else(|| Failure::Thrown("it has something that is no command".to_owned()))?;
        let name = self.taker.text(&command, "name")?;
        let parameters: Value<'js> = self.session.check(command.get("parameters"))?;
        let parameters = self
            .taker
            .members(&parameters)
            .map_err(|failure| within(failure, || format!("the parameters of command {name:?}")))?;
        let total_step_count = i64::from(self.taker.int(&command, "totalStepCount")?);
        Ok(Command {
            name,
            parameters,
            total_step_count,
        })
    }

    fn link(&mut self, added: &Array<'js>, tasks: &mut [CompiledTask]) -> Result<(), Failure> {
        let mut links = Vec::with_capacity(tasks.len());
        for (object, task) in self.session.items(added)?.zip(tasks.iter()) {
            self.session.still_within_budget()?;
            let object: Object<'js> = self.session.check(object?.get())?;
            links.push(self.dependencies(&object, &task.name)?);
        }
        graph::check(&mut links).map_err(|fault| {
            let name = |index: u32| tasks.get(index as usize - 1).map_or("", |task| &task.name);
            Failure::Thrown(match fault {
                GraphFault::Twice(task, on) => {
                    format!("task {:?} depends twice on task {:?}", name(task), name(on))
                }
                GraphFault::Circle(task) => {
                    format!(
                        "task {:?} depends on itself, maybe through others",
                        name(task)
                    )
                }
            })
        })?;
        for (task, links) in tasks.iter_mut().zip(links) {
            task.dependencies = links;
        }
        Ok(())
    }

    fn dependencies(&mut self, task: &Object<'js>, name: &str) -> Result<Vec<u32>, Failure> {
        let listed: Array<'js> = self.session.check(task.get("dependencies"))?;
        let count = self.session.length(&listed)? as usize;
        self.dependencies = self.dependencies.saturating_add(count);
        if self.dependencies > MOST_DEPENDENCIES {
            return Err(Failure::TooLarge(format!(
                "its tasks have more than the {MOST_DEPENDENCIES} dependencies that are possible"
            )));
        }
        let mut indices = Vec::with_capacity(count);
        for on in self.session.items(&listed)? {
            let on = on?.into_object().ok_or_else(|| {
                Failure::Thrown(format!(
                    "task {name:?} depends on something that is no task"
                ))
            })?;
            let id: Coerced<String> = self.session.check(on.get("uUID"))?;
            let Some(index) = self.indices.get(&id.0) else {
                let other = self.taker.text(&on, "name")?;
                return Err(Failure::Thrown(format!(
                    "task {name:?} depends on task {other:?}, which was not added to the job"
                )));
            };
            indices.push(*index);
        }
        Ok(indices)
    }
}

/// Says where something that was thrown has to do with.
fn within(failure: Failure, place: impl FnOnce() -> String) -> Failure {
    match failure {
        Failure::Thrown(problem) => Failure::Thrown(format!("{}: {problem}", place())),
        other @ (Failure::Spent(_) | Failure::Incomplete(_) | Failure::TooLarge(_)) => other,
    }
}
