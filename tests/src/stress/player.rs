//! One Worker: registers, signs on, and takes tasks one after another.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farandole_protocol::{headers, paths};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::answer::Answer;
use super::board::{Board, Operation};
use super::connection::{Connection, Fault};
use super::manager::Manager;
use super::request::Request;

/// What a stock Worker supports; what the jobs need is among it.
const TASK_TYPES: &str = r#"["blender","ffmpeg","file-management","misc"]"#;

/// After an answer that gives no task: asked again soon, then less so.
const IDLE: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(1)];

/// After an error; a Manager in trouble is not to be hammered by its measure.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// How often a refused sign-up is tried again: a Manager may say that it is too busy hashing passwords.
const SIGN_UP_TRIES: u32 = 30;

#[derive(Debug)]
pub(super) struct Player {
    connection: Connection,
    request: Request,
    board: Rc<Board>,
    ask_for_task: String,
}

/// A task in hand.
#[derive(Debug)]
pub(super) struct Assigned {
    id: Uuid,
    pub(super) job: String,
    /// The header that names the attempt, if the Manager counts them.
    attempt: String,
}

#[derive(Deserialize)]
struct AssignedTask<'a> {
    uuid: Uuid,
    #[serde(borrow)]
    job: &'a str,
    attempt: Option<u64>,
}

#[derive(Deserialize)]
struct RegisteredWorker {
    uuid: Uuid,
}

impl Player {
    /// A new Worker, registered, signed on and awake. `wait`: for how long the Manager may keep it waiting.
    pub(super) async fn sign_up(
        manager: &Manager,
        (number, wait, limit): (u32, u32, Duration),
        board: &Rc<Board>,
    ) -> Result<Self> {
        let name = format!("stress-{number}");
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let ask_for_task = if wait > 0 {
            format!("Prefer: wait={wait}\r\n")
        } else {
            String::new()
        };
        // Registration is sent with the credentials of nobody, as a stock Worker does.
        let request = Request::to(manager, "Basic Og==");
        let mut player = Self {
            connection: Connection::to(manager, limit),
            request,
            board: Rc::clone(board),
            ask_for_task,
        };

        let body = format!(
            r#"{{"name":"{name}","platform":"linux","secret":"{secret}","supported_task_types":{TASK_TYPES}}}"#
        );
        let answer = player
            .insist(Operation::Register, paths::REGISTER_WORKER, &body)
            .await?;
        let worker: RegisteredWorker = serde_json::from_slice(&answer.body)?;
        let credentials = STANDARD.encode(format!("{}:{secret}", worker.uuid));
        player.request = Request::to(manager, &format!("Basic {credentials}"));

        let body = format!(
            r#"{{"name":"{name}","software_version":"stress","can_restart":false,"supported_task_types":{TASK_TYPES}}}"#
        );
        player
            .insist(Operation::SignOn, paths::SIGN_ON, &body)
            .await?;
        player
            .insist(
                Operation::StateChanged,
                paths::WORKER_STATE_CHANGED,
                r#"{"status":"awake"}"#,
            )
            .await?;
        Ok(player)
    }

    /// Takes tasks until there are no more or the time is over, and gives itself back.
    pub(super) async fn play(mut self, until: Instant) -> Self {
        let mut idle = IDLE[0];
        while Instant::now() < until && self.board.take_turn() {
            let pause = match self.cycle().await {
                Ok(true) => {
                    idle = IDLE[0];
                    continue;
                }
                Ok(false) => {
                    idle = (idle * 2).min(IDLE[1]);
                    idle / 2
                }
                Err(Trouble) => AFTER_TROUBLE,
            };
            self.board.return_turn();
            if !self.board.has_work() {
                break;
            }
            sleep(pause.min(until.saturating_duration_since(Instant::now()))).await;
        }
        self
    }

    /// One task from beginning to end. No: there was none.
    async fn cycle(&mut self) -> Result<bool, Trouble> {
        let began = Instant::now();
        let Some(task) = self.take().await? else {
            return Ok(false);
        };
        self.work(&task).await?;
        self.board.took(Operation::Cycle, began.elapsed());
        self.board.finished_one();
        Ok(true)
    }

    /// Asks for a task.
    pub(super) async fn take(&mut self) -> Result<Option<Assigned>, Trouble> {
        let began = Instant::now();
        let request = self
            .request
            .post(paths::WORKER_TASK, &self.ask_for_task, "");
        let answer = self.connection.ask(request).await;
        let operation = match &answer {
            Ok(answer) if answer.status == 204 => Operation::ScheduleNothing,
            Ok(_) | Err(_) => Operation::Schedule,
        };
        let answer = self.judge(operation, began, answer)?;
        if answer.status == 204 {
            return Ok(None);
        }
        let Ok(task) = serde_json::from_slice::<AssignedTask<'_>>(&answer.body) else {
            self.board.failed(operation, "the task cannot be read");
            return Err(Trouble);
        };
        let attempt = task.attempt.map(|attempt| {
            self.board.handed_out(task.uuid, attempt);
            format!("{}: {attempt}\r\n", headers::ATTEMPT)
        });
        Ok(Some(Assigned {
            id: task.uuid,
            job: task.job.to_owned(),
            attempt: attempt.unwrap_or_default(),
        }))
    }

    /// Reports a task active, then completed.
    pub(super) async fn work(&mut self, task: &Assigned) -> Result<(), Trouble> {
        let path = format!("{}/{}", paths::WORKER_TASK, task.id);
        for (operation, body) in [
            (
                Operation::Active,
                r#"{"activity":"Started","taskStatus":"active"}"#,
            ),
            (
                Operation::Completed,
                r#"{"activity":"Completed","taskStatus":"completed"}"#,
            ),
        ] {
            let began = Instant::now();
            let answer = self
                .connection
                .ask(self.request.post(&path, &task.attempt, body))
                .await;
            self.judge(operation, began, answer)?;
        }
        Ok(())
    }

    /// Says that the Worker goes. Nobody minds when that fails.
    pub(super) async fn sign_off(&mut self) {
        drop(
            self.connection
                .ask(self.request.post(paths::SIGN_OFF, "", ""))
                .await,
        );
    }

    /// Times an answer, or writes down what is wrong with it.
    fn judge(
        &self,
        operation: Operation,
        began: Instant,
        answer: Result<Answer, Fault>,
    ) -> Result<Answer, Trouble> {
        let why = match answer {
            Ok(answer) if answer.status < 300 => {
                self.board.took(operation, began.elapsed());
                return Ok(answer);
            }
            Ok(answer) => format!("HTTP {}", answer.status),
            Err(fault) => fault.to_string(),
        };
        self.board.failed(operation, &why);
        Err(Trouble)
    }

    /// A step without which there is no Worker: tried again when the Manager is too busy.
    async fn insist(&mut self, operation: Operation, path: &str, body: &str) -> Result<Answer> {
        for _ in 0..SIGN_UP_TRIES {
            let began = Instant::now();
            let answer = self.connection.ask(self.request.post(path, "", body)).await;
            match &answer {
                Ok(busy) if matches!(busy.status, 429 | 503) => {
                    drop(self.judge(operation, began, answer));
                    sleep(AFTER_TROUBLE).await;
                }
                Ok(refusal) if refusal.status >= 300 => {
                    bail!(
                        "{}: HTTP {}: {}",
                        operation.name(),
                        refusal.status,
                        String::from_utf8_lossy(&refusal.body)
                    );
                }
                Ok(_) | Err(_) => {
                    let answer = answer?;
                    self.board.took(operation, began.elapsed());
                    return Ok(answer);
                }
            }
        }
        bail!("{}: the Manager is too busy", operation.name())
    }
}

/// Something went wrong, and is on the board.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble;
