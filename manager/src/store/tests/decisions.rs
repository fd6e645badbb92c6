//! The whole store, threads and all: what the farm decides is written, read as people see it, and loaded again.

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{Command, JobMetadata, JobSettings};
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::now;
use serde_json::json;
use tokio::sync::mpsc;

use crate::farm::commands::jobs::ReleaseJob;
use crate::farm::commands::reports::ReportTask;
use crate::farm::commands::workers::{RegisterWorker, ScheduleTask, SignOn, StateChanged};
use crate::farm::decision::FarmCommand;
use crate::farm::identity::Runs;
use crate::farm::job::Job;
use crate::farm::state::{Farm, Thresholds};
use crate::farm::uptime::Uptime;
use crate::farm::write::Write;
use crate::store::*;

/// Hears of commits.
struct Listener(mpsc::UnboundedSender<Committed>);

impl Actor for Listener {
    type Context = Context<Self>;
}

impl Handler<Committed> for Listener {
    type Result = ();

    fn handle(&mut self, done: Committed, _: &mut Context<Self>) {
        self.0.send(done).unwrap();
    }
}

/// A farm whose decisions are stored.
struct Stored {
    store: Store,
    farm: Farm,
    probe: actix::Recipient<Committed>,
    committed: mpsc::UnboundedReceiver<Committed>,
    generation: u64,
    _folder: tempfile::TempDir,
}

impl Stored {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        let store = Store::start(&StoreOptions { path, readers: 1 }).unwrap();
        let (sender, committed) = mpsc::unbounded_channel();
        let probe = Listener(sender).start().recipient();
        let mut stored = Self {
            store,
            farm: Farm::default(),
            probe,
            committed,
            generation: 0,
            _folder: folder,
        };
        stored.reload().await;
        stored
    }

    async fn reload(&mut self) {
        self.generation += 1;
        let load = LoadFarm {
            generation: self.generation,
        };
        let image = self.store.begin_generation(load).await.unwrap().unwrap();
        self.farm = Farm::from_image(image, Thresholds::default(), now(), Uptime::default());
    }

    async fn commit(&mut self, writes: Vec<Write>, generation: u64) -> Committed {
        self.store
            .commit(Commit {
                writes,
                generation,
                done: self.probe.clone(),
            })
            .unwrap();
        self.committed.recv().await.unwrap()
    }

    async fn order<C: FarmCommand>(&mut self, command: C) -> C::Reply {
        let decision = command.decide(&mut self.farm, now());
        let done = self.commit(decision.writes, self.generation).await;
        assert!(!done.failed);
        decision.reply
    }

    async fn read<Q: Query>(&self, query: Q) -> Q::Reply {
        self.store.read(query).await.unwrap().unwrap()
    }

    async fn add_worker(&mut self) -> WorkerId {
        let (id, name) = (WorkerId::random(), "anna".to_owned());
        let (address, platform) = ("127.0.0.1".to_owned(), "linux".to_owned());
        let (secret_hash, task_types) = ("hash".to_owned(), vec!["misc".to_owned()]);
        self.order(RegisterWorker {
            id,
            secret_hash,
            name: name.clone(),
            address: address.clone(),
            platform,
            task_types: task_types.clone(),
        })
        .await;
        let software = "1".to_owned();
        self.order(SignOn {
            worker: id,
            name,
            address,
            software,
            task_types,
            can_restart: true,
            ephemeral: true,
            clock: now().naive_utc(),
            runs: Runs::default(),
        })
        .await
        .unwrap();
        self.order(StateChanged {
            worker: id,
            status: WorkerStatus::Awake,
        })
        .await
        .unwrap();
        id
    }

    async fn begin_job(&self, tasks: u32) -> (JobId, BeginJob) {
        let begin = BeginJob {
            id: JobId::random(),
            name: "a job".to_owned(),
            job_type: "test".to_owned(),
            priority: 50,
            settings: JobSettings(json!({"key": [1, "two"]}).as_object().unwrap().clone()),
            metadata: JobMetadata::default(),
            shaman_checkout_id: None,
            tag: None,
            created: now(),
            steps_total: i64::from(tasks),
            allow: Vec::new(),
            keep_existing: false,
        };
        let job = self.store.write(begin.clone()).await.unwrap().unwrap();
        let tasks = (1..=tasks).map(|index| NewTask {
            name: format!("task {index}"),
            task_type: "misc".to_owned(),
            priority: 50,
            commands: vec![Command {
                name: "echo".to_owned(),
                parameters: json!({"message": index}).as_object().unwrap().clone(),
                total_step_count: 0,
            }],
            dependencies: if index > 1 { vec![1] } else { vec![] },
            steps_total: 1,
            optional: false,
        });
        let slice = StoreTasks {
            job,
            first_index: 1,
            tasks: tasks.collect(),
            created: begin.created,
        };
        self.store.write(slice).await.unwrap().unwrap();
        (begin.id, begin)
    }

    async fn add_job(&mut self, tasks: u32) -> JobId {
        let (id, _) = self.begin_job(tasks).await;
        let image = self
            .store
            .load(LoadJob { id })
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let job = Box::new(Job::from_image(image));
        self.order(ReleaseJob {
            job,
            initial_status: JobStatus::Queued,
            findings: Vec::new(),
        })
        .await;
        id
    }
}

#[actix::test]
async fn what_is_decided_is_stored_and_read_as_people_see_it() {
    let mut stored = Stored::new().await;
    let worker = stored.add_worker().await;
    let job = stored.add_job(3).await;
    stored
        .order(ScheduleTask {
            worker,
            ticket: None,
        })
        .await;
    let task = TaskId::of_job(job, 1);
    let report = ReportTask {
        worker,
        task,
        attempt: Some(1),
        status: Some(TaskStatus::Completed),
        activity: Some("done".to_owned()),
        steps_completed: None,
        findings: Vec::new(),
        outputs: Vec::new(),
    };
    stored.order(report).await.unwrap();

    let jobs = stored.read(ListJobs).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(
        (jobs[0].status, jobs[0].steps_completed, jobs[0].steps_total),
        (JobStatus::Active, 1, 3)
    );
    assert_eq!(
        stored.read(FindJob { id: job }).await,
        Some(jobs[0].clone())
    );
    let tasks = stored.read(ListTasks { job }).await;
    let seen: Vec<_> = tasks
        .iter()
        .map(|task| (task.index_in_job, task.status))
        .collect();
    assert_eq!(
        seen,
        [
            (1, TaskStatus::Completed),
            (2, TaskStatus::Queued),
            (3, TaskStatus::Queued)
        ]
    );
    assert_eq!(tasks[0].worker.as_ref().unwrap().name, "anna");
    assert_eq!(tasks[1].worker.as_ref().unwrap().id, None);
    let found = stored.read(FindTask { id: task }).await.unwrap();
    assert_eq!(
        (
            found.activity.as_str(),
            found.commands[0].parameters["message"].clone()
        ),
        ("done", json!(1))
    );
    assert!(found.last_touched.is_some());
    let found = stored.read(FindWorker { id: worker }).await.unwrap();
    assert_eq!(found.task.unwrap().id, task);
    assert_eq!(stored.read(ListWorkers).await.len(), 1);
    assert_eq!(
        stored.read(FindCredentials { id: worker }).await.as_deref(),
        Some("hash")
    );
    assert!(
        stored.read(JobExists { id: job }).await
            && !stored
                .read(JobExists {
                    id: JobId::random()
                })
                .await
    );
    assert_eq!(stored.read(FindTaskPlace { id: task }).await, Some(job));
    assert_eq!(
        stored
            .read(FindTaskPlace {
                id: TaskId::of_job(job, 4)
            })
            .await,
        None
    );
    assert_eq!(stored.read(ListBlocklist { id: job }).await.0.len(), 0);
    stored
        .store
        .write(SetLastRenderedJob { id: job })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.read(FindLastRenderedJob).await, Some(job));

    let before = stored.farm.job_by_id(job).unwrap().row();
    stored.reload().await;
    assert_eq!(stored.farm.job_by_id(job).unwrap().row(), before);
    assert_eq!(
        stored
            .farm
            .job_by_id(job)
            .unwrap()
            .task(2)
            .unwrap()
            .unfinished,
        0
    );
}

#[actix::test]
async fn a_job_that_is_not_released_is_in_no_list_and_goes_with_the_next_start() {
    let mut stored = Stored::new().await;
    let (id, _) = stored.begin_job(2).await;
    assert_eq!(stored.read(ListJobs).await, []);
    assert_eq!(stored.read(FindJob { id }).await, None);
    assert_eq!(stored.read(ListTasks { job: id }).await, []);
    stored.reload().await;
    assert_eq!(stored.farm.jobs().count(), 0);
    assert_eq!(
        stored.store.write(RemoveUnreleased).await.unwrap().unwrap(),
        1
    );
    assert!(
        stored
            .store
            .load(LoadJob { id })
            .await
            .unwrap()
            .unwrap()
            .is_none()
    );
}

#[actix::test]
async fn a_commit_of_an_earlier_life_is_refused() {
    let mut stored = Stored::new().await;
    let id = stored.add_job(1).await;
    let row = stored.farm.job_by_id(id).unwrap().row();
    let old = stored.generation;
    stored.reload().await;
    let done = stored.commit(vec![Write::Job(row.clone())], old).await;
    assert!(done.failed && done.generation == old);
    assert!(
        !stored
            .commit(vec![Write::Job(row)], stored.generation)
            .await
            .failed
    );
}

#[actix::test]
async fn a_commit_that_fails_has_changed_nothing_and_the_next_one_works() {
    let mut stored = Stored::new().await;
    let id = stored.add_job(1).await;
    let mut row = stored.farm.job_by_id(id).unwrap().row();
    let no = row.no;
    row.activity = "never stored".to_owned();
    // A failure that is stored already cannot be stored once more.
    let key = crate::farm::keys::TaskKey { job: no, index: 1 };
    let failure = Write::Failure(key, crate::farm::keys::WorkerNo(1));
    assert!(!stored.commit(vec![failure.clone()], 1).await.failed);
    assert!(
        stored
            .commit(vec![Write::Job(row.clone()), failure], 1)
            .await
            .failed
    );
    assert_eq!(stored.read(FindJob { id }).await.unwrap().activity, "");
    row.activity = "stored".to_owned();
    assert!(!stored.commit(vec![Write::Job(row)], 1).await.failed);
    assert_eq!(
        stored.read(FindJob { id }).await.unwrap().activity,
        "stored"
    );
}

#[actix::test]
async fn the_room_that_was_probed_is_given_back() {
    let stored = Stored::new().await;
    stored.store.write(Probe).await.unwrap().unwrap();
    stored.store.write(EndProbe).await.unwrap().unwrap();
}
