//! The TaskLogs, threads and all, in a folder of their own.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use actix::{Actor, Context, Handler};
use chrono::DateTime;
use farandole_protocol::event::Event;
use farandole_protocol::ids::{JobId, TaskId};
use tokio::sync::mpsc;

use super::paths::{JobFile, JobFileKind, job_folder, log_file};
use super::*;
use crate::ask::{Front, Tell};
use crate::broadcaster::Publish;
use crate::config::{Config, in_force};
use crate::farm::decision::Note;

/// Hears of texts.
struct Listener(mpsc::UnboundedSender<Event>);

impl Actor for Listener {
    type Context = Context<Self>;
}

impl Handler<Tell<Publish>> for Listener {
    type Result = ();

    fn handle(&mut self, tell: Tell<Publish>, _: &mut Context<Self>) {
        self.0.send(tell.fact.0).unwrap();
    }
}

struct Storage {
    logs: TaskLogs,
    heard: mpsc::UnboundedReceiver<Event>,
    job: JobId,
    folder: tempfile::TempDir,
}

impl Storage {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        let listener = Front::start(Listener(sender), 0).hearing();
        let logs = {
            let (_, config) = in_force(config);
            TaskLogs::start(folder.path().join("storage"), 16, config, listener)
        };
        Self {
            logs,
            heard,
            job: JobId::random(),
            folder,
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    fn task(&self, index: u32) -> TaskId {
        TaskId::of_job(self.job, index)
    }

    fn log(&self, index: u32) -> PathBuf {
        self.root().join(log_file(self.job, self.task(index)))
    }

    async fn append(&self, index: u32, text: &str) -> Result<(), LogError> {
        let (job, task) = (self.job, self.task(index));
        let text = text.to_owned();
        self.logs.ask(AppendLog { job, task, text }).await.unwrap()
    }

    async fn tail(&self, index: u32) -> Option<String> {
        let (job, task) = (self.job, self.task(index));
        self.logs.ask(TailLog { job, task }).await.unwrap().unwrap()
    }

    async fn size(&self, index: u32) -> Option<u64> {
        let (job, task) = (self.job, self.task(index));
        self.logs.ask(FindLog { job, task }).await.unwrap().unwrap()
    }

    async fn open(&self, kind: JobFileKind) -> Option<String> {
        let file = JobFile {
            job: self.job,
            kind,
        };
        let opened = self.logs.ask(OpenFile(file)).await.unwrap().unwrap();
        opened.map(|mut opened| {
            let mut text = String::new();
            opened.file.read_to_string(&mut text).unwrap();
            assert_eq!(opened.size, text.len() as u64);
            text
        })
    }

    /// The next text that was told of.
    async fn heard(&mut self) -> (TaskId, String) {
        let event = self.heard.recv().await.unwrap();
        let Event::TaskLog(update) = event else {
            panic!("{event:?}")
        };
        (update.task_id, update.log)
    }
}

#[actix::test]
async fn text_is_appended_with_the_line_end_that_it_lacks_and_told_of_as_it_came() {
    let mut storage = Storage::new();
    for text in ["one\n", "two", "three\nfour"] {
        storage.append(1, text).await.unwrap();
        assert_eq!(storage.heard().await, (storage.task(1), text.to_owned()));
    }
    assert_eq!(
        fs::read_to_string(storage.log(1)).unwrap(),
        "one\ntwo\nthree\nfour\n"
    );
}

#[actix::test]
async fn an_empty_text_is_told_of_but_makes_no_file() {
    let mut storage = Storage::new();
    storage.append(1, "").await.unwrap();
    assert_eq!(storage.heard().await, (storage.task(1), String::new()));
    assert!(!storage.log(1).exists());
}

#[actix::test]
async fn texts_that_are_under_way_at_once_keep_their_order() {
    let storage = Storage::new();
    let mut under_way = Vec::new();
    for line in 0..200 {
        under_way.push(storage.logs.ask(AppendLog {
            job: storage.job,
            task: storage.task(line % 2 + 1),
            text: format!("{line}"),
        }));
    }
    for outcome in futures_util::future::join_all(under_way).await {
        outcome.unwrap().unwrap();
    }
    for (index, first) in [(1, 0), (2, 1)] {
        let expected = (first..200)
            .step_by(2)
            .map(|line| format!("{line}\n"))
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(fs::read_to_string(storage.log(index)).unwrap(), expected);
    }
}

#[actix::test]
async fn a_note_stands_on_a_line_of_its_own_after_the_time() {
    let mut storage = Storage::new();
    let (job, task, text) = (storage.job, storage.task(1), "given to anna".to_owned());
    storage
        .logs
        .notes()
        .tell(AppendNote(Note { job, task, text }));
    let (_, line) = storage.heard().await;
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(DateTime::parse_from_rfc3339(time).is_ok(), "{line}");
    assert_eq!(rest, "given to anna\n");
    assert_eq!(fs::read_to_string(storage.log(1)).unwrap(), line);
}

#[actix::test]
async fn the_end_of_a_log_is_shown_from_a_whole_line_on() {
    let storage = Storage::new();
    assert_eq!((storage.tail(1).await, storage.size(1).await), (None, None));
    storage.append(1, "short").await.unwrap();
    assert_eq!(storage.tail(1).await.as_deref(), Some("short\n"));
    assert_eq!(storage.size(1).await, Some(6));

    let lines: Vec<String> = (0..300).map(|line| format!("line {line:04}\n")).collect();
    let lines = lines.concat();
    storage.append(2, &lines).await.unwrap();
    let tail = storage.tail(2).await.unwrap();
    // 2,048 bytes hold 204 lines of 10 bytes and a piece of another.
    assert_eq!(tail, lines[lines.len() - 2040..]);

    storage.append(3, &"x".repeat(5_000)).await.unwrap();
    let tail = storage.tail(3).await.unwrap();
    assert_eq!(tail.len(), 2_048, "one long line is shown by its end");
}

#[actix::test]
async fn an_empty_log_counts_as_none() {
    let storage = Storage::new();
    fs::create_dir_all(storage.log(1).parent().unwrap()).unwrap();
    fs::write(storage.log(1), "").unwrap();
    assert_eq!((storage.tail(1).await, storage.size(1).await), (None, None));
}

#[actix::test]
async fn a_log_can_be_synced_whether_it_is_there_or_not() {
    let storage = Storage::new();
    storage.append(1, "text").await.unwrap();
    for index in [1, 1, 2] {
        let (job, task) = (storage.job, storage.task(index));
        storage
            .logs
            .ask(SyncLog { job, task })
            .await
            .unwrap()
            .unwrap();
    }
    assert!(!storage.log(2).exists());
}

#[actix::test]
async fn a_text_that_cannot_be_written_is_an_error_and_the_next_one_is_tried_anew() {
    let mut storage = Storage::new();
    // Where the storage should be stands a file.
    fs::write(storage.root(), "in the way").unwrap();
    let error = storage.append(1, "lost").await.unwrap_err();
    assert_eq!(error.path, log_file(storage.job, storage.task(1)));
    assert!(
        storage.heard.try_recv().is_err(),
        "nobody is told of what is not written"
    );
    fs::remove_file(storage.root()).unwrap();
    storage.append(1, "kept").await.unwrap();
    assert_eq!(storage.tail(1).await.as_deref(), Some("kept\n"));
}

#[actix::test]
async fn logs_and_pictures_of_a_job_can_be_opened() {
    let storage = Storage::new();
    let log = JobFileKind::Log(storage.task(1));
    let picture = JobFileKind::Picture("last-rendered.jpg");
    assert_eq!(
        (storage.open(log).await, storage.open(picture).await),
        (None, None)
    );
    storage.append(1, "text").await.unwrap();
    fs::write(
        storage
            .root()
            .join(job_folder(storage.job))
            .join("last-rendered.jpg"),
        "jpeg",
    )
    .unwrap();
    assert_eq!(storage.open(log).await.as_deref(), Some("text\n"));
    assert_eq!(storage.open(picture).await.as_deref(), Some("jpeg"));
}

#[actix::test]
async fn a_folder_in_the_place_of_a_file_is_not_opened() {
    let storage = Storage::new();
    fs::create_dir_all(storage.log(1)).unwrap();
    assert_eq!(storage.open(JobFileKind::Log(storage.task(1))).await, None);
}

#[cfg(unix)]
#[actix::test]
async fn no_link_leads_out_of_the_storage() {
    use std::os::unix::fs::symlink;

    let storage = Storage::new();
    let outside = storage.folder.path().join("outside");
    let name = |index| format!("task-{}.txt", storage.task(index));
    fs::create_dir_all(&outside).unwrap();
    for index in [1, 2] {
        fs::write(outside.join(name(index)), "a secret").unwrap();
    }
    // A file that is a link, and a folder that is one.
    let folder = storage.root().join(job_folder(storage.job));
    fs::create_dir_all(&folder).unwrap();
    symlink(outside.join(name(1)), folder.join(name(1))).unwrap();
    let open = |index| storage.open(JobFileKind::Log(storage.task(index)));
    assert_eq!(open(1).await, None);
    assert_eq!(storage.tail(1).await, None);
    fs::remove_dir_all(&folder).unwrap();
    symlink(&outside, &folder).unwrap();
    assert_eq!((open(1).await, open(2).await), (None, None));
}

#[cfg(unix)]
#[actix::test]
async fn the_storage_itself_may_be_a_link() {
    let storage = Storage::new();
    let elsewhere = storage.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, storage.root()).unwrap();
    storage.append(1, "text").await.unwrap();
    assert_eq!(storage.tail(1).await.as_deref(), Some("text\n"));
}

#[actix::test]
async fn a_job_that_is_forgotten_leaves_no_file_and_its_neighbours_keep_theirs() {
    let storage = Storage::new();
    let neighbour: JobId = {
        let (own, other) = (storage.job.to_string(), JobId::random().to_string());
        format!("{}{}", &own[..4], &other[4..]).parse().unwrap()
    };
    let task = TaskId::of_job(neighbour, 1);
    let append = AppendLog {
        job: neighbour,
        task,
        text: "stays".to_owned(),
    };
    storage.logs.ask(append).await.unwrap().unwrap();
    storage.append(1, "goes").await.unwrap();

    let forget = |job| storage.logs.ask(ForgetJob { job });
    forget(storage.job).await.unwrap().unwrap();
    assert_eq!(storage.tail(1).await, None);
    assert!(!storage.root().join(job_folder(storage.job)).exists());
    assert!(storage.root().join(log_file(neighbour, task)).exists());
    forget(neighbour).await.unwrap().unwrap();
    assert!(
        is_empty(&storage.root()),
        "the last one takes the common folder with it"
    );
    // A job without files is forgotten as well.
    forget(storage.job).await.unwrap().unwrap();
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[actix::test]
async fn a_log_above_its_limit_loses_its_middle_and_goes_on() {
    let mut storage = Storage::with(Config {
        task_log_limit: bytesize::ByteSize::mib(1),
        ..Config::default()
    });
    let chunk = "a line of a hundred bytes, with its end. ".repeat(100) + "\n";
    storage.append(1, "the first line\n").await.unwrap();
    let (mut told, mut cuts) = (0, 0);
    drop(storage.heard.recv().await.unwrap());
    for n in 0..1_000 {
        storage.append(1, &format!("{n} {chunk}")).await.unwrap();
        let Event::TaskLog(update) = storage.heard.recv().await.unwrap() else {
            panic!("a log was told of");
        };
        let (offset, size) = (update.offset.unwrap(), update.size.unwrap());
        assert_eq!(size - offset, update.log.len() as u64);
        assert!(size <= 1 << 20);
        assert_eq!(storage.size(1).await, Some(size));
        cuts += u32::from(size < told);
        told = size;
    }
    assert!((4..10).contains(&cuts), "{cuts}");
    let text = fs::read_to_string(storage.log(1)).unwrap();
    assert!(
        text.starts_with("the first line\n0 a line"),
        "the beginning stays"
    );
    assert!(text.ends_with(&format!("999 {chunk}")));
    assert_eq!(text.matches("are left out here").count(), 1);
    assert!(storage.tail(1).await.unwrap().contains("with its end"));
}
