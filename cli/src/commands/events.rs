//! What happens on the farm, told as it happens.

use farandole_protocol::client::{ClientError, ManagerHttp, StreamMessage};
use farandole_protocol::event::{Event, EventId, Topic};
use farandole_protocol::time::now;
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Duration, sleep, timeout};

use crate::changes::{AWAY, BACK, CONNECT, is_passing};
use crate::error::{CliError, Outcome};
use crate::lookup;
use crate::output::{note, print, print_json_line};
use crate::table::one_line;
use crate::words::{local_time, short};

/// A Manager that is away is asked again this often.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A Manager that is away for so many times is given up: five minutes.
const GIVE_UP_AFTER: u32 = 300;

/// What is listened to when nothing is named: all that concerns the whole farm.
const ALL: [Topic; 6] = [
    Topic::Lifecycle,
    Topic::Status,
    Topic::Jobs,
    Topic::Workers,
    Topic::WorkerTags,
    Topic::LastRendered,
];

/// An event, for programs.
#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<EventId>,
    event: &'a str,
    data: Value,
}

/// Tells events until somebody presses Ctrl-C, or nobody reads on.
pub(super) async fn events(manager: &ManagerHttp, topics: &[String], json: bool) -> Outcome<()> {
    let mut wanted = Vec::new();
    for text in topics {
        wanted.push(topic(manager, text).await?);
    }
    if wanted.is_empty() {
        wanted.extend(ALL);
    }
    let mut listener = Listener {
        manager,
        topics: &wanted,
        json,
        last: None,
        was_there: false,
        failures: 0,
    };
    tokio::select! {
        end = listener.listen() => end,
        _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted("no longer listening".to_owned())),
    }
}

struct Listener<'a> {
    manager: &'a ManagerHttp,
    topics: &'a [Topic],
    json: bool,
    last: Option<EventId>,
    /// Whether it was ever heard.
    was_there: bool,
    failures: u32,
}

impl Listener<'_> {
    async fn listen(&mut self) -> Outcome<()> {
        loop {
            if let Some(error) = self.hear().await? {
                self.bear(error)?;
            }
            sleep(ASK_EVERY).await;
        }
    }

    /// Tells what comes over one connection. What went wrong, if it did not just end.
    async fn hear(&mut self) -> Outcome<Option<ClientError>> {
        let opening = self.manager.events(self.topics, self.last);
        let mut stream = match timeout(CONNECT, opening).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Ok(Some(error)),
            Err(silence) => return Ok(Some(ClientError::Unreachable(Box::new(silence)))),
        };
        let mut greeted = false;
        loop {
            let heard = stream.next().await;
            self.last = stream.last_id();
            match heard {
                Ok(Some(StreamMessage::Hello(hello))) => {
                    greeted = true;
                    self.greet(hello.resumed);
                }
                Ok(Some(StreamMessage::Event(event))) => tell(&event, self.last, self.json)?,
                Ok(None) if greeted => return Ok(None),
                Ok(None) => {
                    let text = "it is no event stream".to_owned();
                    return Ok(Some(ClientError::NotUnderstood(text)));
                }
                Err(error) => return Ok(Some(error)),
            }
        }
    }

    fn greet(&mut self, resumed: bool) {
        if !self.was_there {
            note("listening; Ctrl-C ends it");
        }
        if self.failures > 1 {
            note(BACK);
        }
        if self.was_there && !resumed {
            note("some events were missed; look at what there is now with: farandole jobs");
        }
        self.was_there = true;
        self.failures = 0;
    }

    /// Whether to go on.
    fn bear(&mut self, error: ClientError) -> Outcome<()> {
        if error.refused_status() == Some(404) {
            let text = "this Manager has no event stream; follow a job with: farandole watch ID";
            return Err(CliError::Failed(text.to_owned()));
        }
        if !self.was_there || !is_passing(&error) || self.failures >= GIVE_UP_AFTER {
            return Err(error.into());
        }
        if self.failures == 1 {
            note(AWAY);
        }
        self.failures += 1;
        Ok(())
    }
}

/// A topic as a person writes it: without a slash, and with shortened ids.
async fn topic(manager: &ManagerHttp, text: &str) -> Outcome<Topic> {
    let path = text.trim_start_matches('/');
    if let Ok(topic) = format!("/{path}").parse() {
        return Ok(topic);
    }
    if let Some(rest) = path.strip_prefix("jobs/") {
        return match rest.strip_suffix("/last-rendered") {
            Some(job) => Ok(Topic::JobLastRendered(lookup::job(manager, job).await?)),
            None => Ok(Topic::Job(lookup::job(manager, rest).await?)),
        };
    }
    if let Some(task) = path.strip_prefix("tasklog/") {
        return Ok(Topic::TaskLog(lookup::task(manager, task).await?));
    }
    Err(CliError::Usage(format!(
        "{text} is no topic; there are: jobs, jobs/ID, jobs/ID/last-rendered, workers, workertags, tasklog/TASK, \
         last-rendered, status, lifecycle"
    )))
}

fn tell(event: &Event, id: Option<EventId>, json: bool) -> Outcome<()> {
    if !json {
        return print(&format!("{}  {}\n", local_time(now()), words(event)));
    }
    let unprintable = |error: serde_json::Error| CliError::Failed(format!("cannot print: {error}"));
    let data = event.to_json().map_err(unprintable)?;
    let data = serde_json::from_str(&data).map_err(unprintable)?;
    print_json_line(&Told {
        id,
        event: event.kind().as_str(),
        data,
    })
}

/// An event in a line.
fn words(event: &Event) -> String {
    match event {
        Event::Lifecycle(event) => format!("manager  {}", event.event_type),
        Event::Status(event) => format!("farm  {}", event.0.status),
        Event::Job(event) => {
            let name = event.name.as_deref().map(one_line).unwrap_or_default();
            let state = if event.was_deleted == Some(true) {
                "deleted".to_owned()
            } else {
                format!(
                    "{}, {} of {} steps",
                    event.status, event.steps_completed, event.steps_total
                )
            };
            format!("job  {} {name}: {state}", short(event.id))
        }
        Event::Task(event) => {
            let worker = event.worker.as_ref();
            let worker = worker.map_or_else(String::new, |worker| {
                format!(", {}", one_line(&worker.name))
            });
            format!("task  {}: {}{worker}", one_line(&event.name), event.status)
        }
        Event::TaskLog(event) => format!("log  {}", one_line(event.log.trim_end())),
        Event::LastRendered(event) => format!("picture  of job {}", short(event.job_id)),
        Event::Worker(event) => {
            let state = if event.deleted_at.is_some() {
                "deleted".to_owned()
            } else {
                event.status.to_string()
            };
            format!("worker  {}: {state}", one_line(&event.name))
        }
        Event::WorkerTag(event) => {
            let state = if event.was_deleted == Some(true) {
                "deleted"
            } else {
                "there"
            };
            format!("tag  {}: {state}", one_line(&event.tag.name))
        }
    }
}
