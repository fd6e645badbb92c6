//! How fast the Store is on this machine: row changes in groups, submissions in slices, lists, loads.
//!
//! `cargo bench -p farandole-manager --bench store [tasks]`. It needs a folder for temporary files on the kind of
//! disk that matters (`TMPDIR`). Nothing is judged here: the figures to hold them against stand in
//! `ARCHITECTURE.md`.
#![expect(
    clippy::print_stdout,
    reason = "a benchmark prints what it has measured"
)]

use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler, System};
use anyhow::Context as _;
use farandole_manager::farm::keys::{JobNo, TaskKey};
use farandole_manager::farm::write::{TaskRow, Write};
use farandole_manager::store::{
    BeginJob, Commit, Committed, DiscardJob, FindCommands, FindTaskState, ListTasks, LoadFarm,
    LoadJob, NewTask, Store, StoreOptions, StoreTasks,
};
use farandole_protocol::api::{Command, JobMetadata, JobSettings};
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::TaskStatus;
use farandole_protocol::time::now;
use tokio::sync::mpsc;

const SLICE: u32 = 1_000;

/// Hears of commits.
struct Listener(mpsc::UnboundedSender<Committed>);

impl Actor for Listener {
    type Context = Context<Self>;
}

impl Handler<Committed> for Listener {
    type Result = ();

    fn handle(&mut self, done: Committed, _: &mut Context<Self>) {
        if self.0.send(done).is_err() {
            System::current().stop();
        }
    }
}

struct Bench {
    store: Store,
    listener: actix::Recipient<Committed>,
    committed: mpsc::UnboundedReceiver<Committed>,
}

#[actix::main]
async fn main() -> anyhow::Result<()> {
    let numbers: Vec<u32> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let tasks = numbers.first().copied().unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("farm.sqlite");
    let store = Store::start(&StoreOptions { path, readers: 1 })?;
    let (sender, committed) = mpsc::unbounded_channel();
    let mut bench = Bench {
        store,
        listener: Listener(sender).start().recipient(),
        committed,
    };
    bench.run(tasks).await
}

impl Bench {
    async fn run(&mut self, tasks: u32) -> anyhow::Result<()> {
        let load = LoadFarm { generation: 1 };
        self.store.begin_generation(load).await??;
        let (id, no) = self.submit(tasks).await?;
        self.release(no).await?;
        for group in [1, 10, 100, 1_000] {
            self.update(no, tasks, group).await?;
        }
        self.read(id, no, tasks).await?;

        let from = Instant::now();
        let load = LoadFarm { generation: 2 };
        let image = self.store.begin_generation(load).await??;
        let found: usize = image.jobs.iter().map(|job| job.tasks.len()).sum();
        report("load the farm, tasks", found, from.elapsed());
        drop(image);

        let from = Instant::now();
        self.store.write(DiscardJob { job: no }).await??;
        report("remove a job, tasks", tasks as usize, from.elapsed());
        Ok(())
    }

    async fn submit(&self, tasks: u32) -> anyhow::Result<(JobId, JobNo)> {
        let begin = BeginJob {
            id: JobId::random(),
            name: "a job".to_owned(),
            job_type: "simple-blender-render".to_owned(),
            priority: 50,
            settings: JobSettings::default(),
            metadata: JobMetadata::default(),
            shaman_checkout_id: None,
            tag: None,
            created: now(),
            steps_total: i64::from(tasks),
            allow: Vec::new(),
            keep_existing: false,
        };
        let (id, created) = (begin.id, begin.created);
        let no = self.store.write(begin).await??;
        let slices = (1..=tasks).step_by(SLICE as usize).map(|first_index| {
            let last = tasks.min(first_index + SLICE - 1);
            let tasks = (first_index..=last).map(new_task).collect();
            StoreTasks {
                job: no,
                first_index,
                tasks,
                created,
            }
        });
        let slices: Vec<_> = slices.collect();
        let (from, mut slowest) = (Instant::now(), Duration::ZERO);
        for slice in slices {
            let from = Instant::now();
            self.store.write(slice).await??;
            slowest = slowest.max(from.elapsed());
        }
        report("store a job, tasks", tasks as usize, from.elapsed());
        println!("{:>40}  {slowest:.1?}", "its slowest slice");
        Ok((id, no))
    }

    async fn commit(&mut self, writes: Vec<Write>) -> anyhow::Result<()> {
        let done = self.listener.clone();
        self.store.commit(Commit {
            writes,
            generation: 1,
            done,
        })?;
        let committed = self.committed.recv().await.context("no answer")?;
        anyhow::ensure!(!committed.failed, "a commit failed");
        Ok(())
    }

    async fn release(&mut self, no: JobNo) -> anyhow::Result<()> {
        let change = farandole_manager::farm::write::JobRow {
            no,
            status: farandole_protocol::status::JobStatus::Queued,
            activity: String::new(),
            priority: 50,
            tag: None,
            updated: now(),
            steps_completed: 0,
            delete_requested: None,
            findings: Vec::new(),
            keep_existing: false,
        };
        self.commit(vec![Write::JobReleased(no), Write::Job(change)])
            .await
    }

    /// Changes rows all over the job, so many in each commit.
    async fn update(&mut self, no: JobNo, tasks: u32, group: u32) -> anyhow::Result<()> {
        let commits = (20_000 / group).clamp(20, 2_000);
        let (mut at, mut times) = (0_u32, Vec::new());
        let from = Instant::now();
        for _ in 0..commits {
            let writes = (0..group).map(|_| {
                at = (at + 7_919) % tasks;
                Write::Task(row(no, at + 1))
            });
            let writes = writes.collect();
            let from = Instant::now();
            self.commit(writes).await?;
            times.push(from.elapsed());
        }
        let what = format!("change rows, {group} in a commit");
        report(&what, (commits * group) as usize, from.elapsed());
        times.sort();
        let slow = times.get(times.len() * 99 / 100).context("no commits")?;
        println!("{:>40}  {slow:.1?}", "p99 of a commit");
        Ok(())
    }

    async fn read(&self, id: JobId, no: JobNo, tasks: u32) -> anyhow::Result<()> {
        let from = Instant::now();
        let listed = self.store.read(ListTasks { job: id }).await??;
        report("list a job, tasks", listed.len(), from.elapsed());
        let from = Instant::now();
        let text = serde_json::to_string(&listed)?;
        report("write the list, bytes", text.len(), from.elapsed());
        let from = Instant::now();
        let loaded = self.store.load(LoadJob { id }).await??.context("no job")?;
        report("load a job, tasks", loaded.tasks.len(), from.elapsed());
        let from = Instant::now();
        for index in (1..=tasks).step_by(101).take(1_000) {
            let key = TaskKey { job: no, index };
            self.store.handout(FindCommands { key }).await??;
        }
        report("find commands", 1_000, from.elapsed());
        let from = Instant::now();
        for index in (1..=tasks).step_by(101).take(1_000) {
            let id = TaskId::of_job(id, index);
            self.store.load(FindTaskState { id }).await??;
        }
        report("find a task's state", 1_000, from.elapsed());
        Ok(())
    }
}

fn new_task(index: u32) -> NewTask {
    let message = format!("frame {index} of a film that is rendered to /shared/renders/a/film");
    NewTask {
        name: format!("render-{index}"),
        task_type: "blender".to_owned(),
        priority: 50,
        commands: vec![Command {
            name: "echo".to_owned(),
            parameters: [("message".to_owned(), message.into())]
                .into_iter()
                .collect(),
            total_step_count: 1,
        }],
        dependencies: Vec::new(),
        steps_total: 1,
        optional: false,
    }
}

fn row(no: JobNo, index: u32) -> TaskRow {
    TaskRow {
        key: TaskKey { job: no, index },
        status: TaskStatus::Active,
        worker: None,
        attempt: 1,
        ended: None,
        steps_completed: 1,
        activity: "rendering".to_owned(),
        updated: now(),
        touched: Some(now()),
        lost: 0,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures for people, with three digits"
)]
fn report(what: &str, count: usize, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("{what:>40}  {count:>9} in {took:>9.1?}  {rate:>11.0}/s");
}
