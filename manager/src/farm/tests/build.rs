//! Builders: `farm().workers(3).job(|job| job.priority(80).tasks(3)).open()`.

use farandole_protocol::ids::TagId;
use farandole_protocol::status::JobStatus;

use super::world::World;
use crate::farm::state::Thresholds;

/// A farm to be: no Workers, no jobs, the usual limits.
pub(super) fn farm() -> Build {
    Build::default()
}

/// The tag with this number.
pub(super) fn tag(number: u8) -> TagId {
    TagId::from_uuid(uuid::Uuid::from_u128(0x7a90 + u128::from(number)))
}

#[derive(Debug, Default)]
pub(super) struct Build {
    thresholds: Thresholds,
    workers: Vec<WorkerPlan>,
    jobs: Vec<JobPlan>,
}

impl Build {
    /// So many Workers, awake, that take tasks of the types `a` and `b`.
    pub(super) fn workers(mut self, count: usize) -> Self {
        self.workers
            .extend((0..count).map(|_| WorkerPlan::default()));
        self
    }

    /// A Worker that takes these types and has these tags.
    pub(super) fn worker(mut self, types: &[&'static str], tags: &[u8]) -> Self {
        self.workers.push(WorkerPlan {
            types: types.to_vec(),
            tags: tags.iter().copied().map(tag).collect(),
            ephemeral: false,
        });
        self
    }

    /// A Worker that is forgotten when it is gone for long.
    pub(super) fn ephemeral_worker(mut self) -> Self {
        self.workers.push(WorkerPlan {
            ephemeral: true,
            ..WorkerPlan::default()
        });
        self
    }

    pub(super) fn job(mut self, plan: impl FnOnce(JobPlan) -> JobPlan) -> Self {
        self.jobs.push(plan(JobPlan::default()));
        self
    }

    pub(super) fn limits(mut self, change: impl FnOnce(&mut Thresholds)) -> Self {
        change(&mut self.thresholds);
        self
    }

    /// The farm, with its Workers awake and its jobs released.
    pub(super) fn open(self) -> World {
        let mut world = World::new(self.thresholds);
        for worker in self.workers {
            world.add_worker(&worker);
        }
        for job in self.jobs {
            world.add_job(&job);
        }
        world
    }
}

/// A Worker to be.
#[derive(Clone, Debug)]
pub(super) struct WorkerPlan {
    pub(super) types: Vec<&'static str>,
    pub(super) tags: Vec<TagId>,
    pub(super) ephemeral: bool,
}

impl Default for WorkerPlan {
    fn default() -> Self {
        Self {
            types: vec!["a", "b"],
            tags: Vec::new(),
            ephemeral: false,
        }
    }
}

/// A job to be.
#[derive(Clone, Debug)]
pub(super) struct JobPlan {
    pub(super) priority: i32,
    pub(super) tag: Option<TagId>,
    pub(super) tasks: Vec<TaskPlan>,
    pub(super) initial_status: JobStatus,
}

/// A task to be.
#[derive(Clone, Debug)]
pub(super) struct TaskPlan {
    pub(super) task_type: &'static str,
    pub(super) priority: i32,
    pub(super) dependencies: Vec<u32>,
    pub(super) optional: bool,
}

impl Default for JobPlan {
    fn default() -> Self {
        Self {
            priority: 50,
            tag: None,
            tasks: Vec::new(),
            initial_status: JobStatus::Queued,
        }
    }
}

impl JobPlan {
    pub(super) fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    pub(super) fn tag(mut self, number: u8) -> Self {
        self.tag = Some(tag(number));
        self
    }

    pub(super) fn paused(mut self) -> Self {
        self.initial_status = JobStatus::Paused;
        self
    }

    /// So many more tasks of type `a`.
    pub(super) fn tasks(self, count: usize) -> Self {
        (0..count).fold(self, |job, _| job.task("a", 50, &[]))
    }

    /// One more task.
    pub(super) fn task(
        mut self,
        task_type: &'static str,
        priority: i32,
        dependencies: &[u32],
    ) -> Self {
        self.tasks.push(TaskPlan {
            task_type,
            priority,
            dependencies: dependencies.to_vec(),
            optional: false,
        });
        self
    }

    /// The job can complete without the task that was added last.
    pub(super) fn optional(mut self) -> Self {
        self.tasks.last_mut().unwrap().optional = true;
        self
    }
}
