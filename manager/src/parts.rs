//! The farm's parts as the HTTP edge knows them: one front each.

use futures_util::future::join_all;

use crate::ask::Front;
use crate::broadcaster::Broadcaster;
use crate::compiler::Compiler;
use crate::farm_status::FarmStatus;
use crate::frame_checks::FrameChecks;
use crate::gatekeeper::Gatekeeper;
use crate::handout::Handout;
use crate::health::{Part, PartHealth};
use crate::host::Host;
use crate::job_deleter::JobDeleter;
use crate::job_intake::JobIntake;
use crate::job_output::JobOutput;
use crate::last_rendered::LastRendered;
use crate::mqtt::Mqtt;
use crate::refusal_log::Refusals;
use crate::scheduler::Scheduler;
use crate::settings::Settings;
use crate::shaman::Shaman;
use crate::shared_storage::SharedStorage;
use crate::store::Store;
use crate::task_logs::TaskLogs;
use crate::task_reports::TaskReports;
use crate::worker_conditions::WorkerConditions;

/// All that the HTTP edge may ask, and what is told of it.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "each is the front of the actor whose name it has"
)]
pub struct Parts {
    pub store: Store,
    pub broadcaster: Front<Broadcaster>,
    pub mqtt: Option<Front<Mqtt>>,
    pub settings: Front<Settings>,
    pub logs: TaskLogs,
    pub shared_storage: SharedStorage,
    pub frame_checks: FrameChecks,
    pub shaman: Shaman,
    pub compiler: Front<Compiler>,
    pub questions: Front<Compiler>,
    pub host: Front<Host>,
    pub scheduler: Front<Scheduler>,
    pub gatekeeper: Front<Gatekeeper>,
    pub intake: Front<JobIntake>,
    pub handout: Front<Handout>,
    pub worker_conditions: Front<WorkerConditions>,
    pub reports: Front<TaskReports>,
    pub last_rendered: Front<LastRendered>,
    pub job_deleter: Front<JobDeleter>,
    pub job_output: Front<JobOutput>,
    pub farm_status: Front<FarmStatus>,
    pub refusals: Refusals,
}

impl Parts {
    /// Every part, bottom-up. Those that are not among them take no orders: they have a clock alone.
    fn all(&self) -> Vec<Part<'_>> {
        let mut all = Vec::from(self.store.parts());
        all.extend(self.logs.parts());
        all.extend([
            Part::asked("broadcaster", &self.broadcaster),
            Part::asked("refusal-log", self.refusals.front()),
            Part::asked("settings", &self.settings),
            Part::looked_at("shared-storage", self.shared_storage.standing()),
            Part::looked_at("frame-checks", self.frame_checks.standing()),
            Part::looked_at("shaman", self.shaman.standing()),
            Part::looked_at("compiler", self.compiler.standing()),
            Part::looked_at("compiler-questions", self.questions.standing()),
            Part::asked("host", &self.host),
            Part::asked("scheduler", &self.scheduler),
            Part::asked("gatekeeper", &self.gatekeeper),
            Part::asked("job-intake", &self.intake),
            Part::asked("handout", &self.handout),
            Part::asked("worker-conditions", &self.worker_conditions),
            Part::asked("task-reports", &self.reports),
            Part::asked("last-rendered", &self.last_rendered),
            Part::asked("job-deleter", &self.job_deleter),
            Part::asked("job-output", &self.job_output),
            Part::asked("farm-status", &self.farm_status),
        ]);
        all.extend(self.mqtt.iter().map(|mqtt| Part::asked("mqtt", mqtt)));
        all
    }

    /// How much waits before each part.
    pub fn queues(&self) -> Vec<(&'static str, usize)> {
        let all = self.all().into_iter();
        all.map(|part| (part.name, part.standing.waiting)).collect()
    }

    /// The health of each part, in the same order.
    pub async fn health(&self) -> Vec<PartHealth> {
        join_all(self.all().into_iter().map(|part| part.health)).await
    }
}
