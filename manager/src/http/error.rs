//! The one place where errors become statuses.
//!
//! | status | when |
//! |---|---|
//! | 400 | the request itself is wrong: body, id, setting, script; also a content type that is not JSON, as in the reference |
//! | 403 | no credentials of a Worker, or wrong ones, never 401; a web page of another origin; not on the Manager's own host; a setting that is not taken over HTTP |
//! | 404 | there is no such thing |
//! | 405 | the path takes other methods, which `Allow` names |
//! | 406 | a job is to have a tag that does not exist, as in the reference |
//! | 409 | a Worker speaks of a task that is not its own any more; another process works as the Worker; a tag's id or name is another's; there is no free name for a checkout; the configuration file is broken |
//! | 411 | a picture without a length and without a body |
//! | 412 | the job type has changed since the client looked, or a Worker cannot restart |
//! | 413 | the body is too large |
//! | 415 | a picture of a type that is not JPEG or PNG; a file of a type that forms of web pages send |
//! | 416 | a file does not have the part that is asked for, or no job is as old as what is to be deleted |
//! | 417 | a file is not the one that was announced |
//! | 421 | the request names a host that is not known to be this Manager's |
//! | 422 | a state that cannot be asked for |
//! | 424 | files are not stored that are to be checked out |
//! | 429 | more pictures than can be worked on; more registrations, or wrong secrets of Workers, than are taken |
//! | 500 | a job type whose script is broken; the configuration file cannot be written |
//! | 503 | busy or recovering, or the storage is away; with `Retry-After` |
//! | 503 | the storage for files of jobs is switched off or not set up; without `Retry-After` |
//! | 507 | the shared storage is full |

use std::fmt;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use farandole_protocol::api;
use farandole_protocol::status::JobStatus;

use super::respond;
use crate::ask::AskError;
use crate::compiler::CompileError;
use crate::config::UpdateError;
use crate::farm::commands::jobs::JobOrderError;
use crate::farm::commands::reports::ReportError;
use crate::farm::commands::sleep::SleepScheduleError;
use crate::farm::commands::tags::{JobTagError, TagError};
use crate::farm::commands::tasks::TaskOrderError;
use crate::farm::commands::worker_mgt::WorkerRequestError;
use crate::farm::commands::workers::{SignOnError, UnknownWorker};
use crate::gatekeeper::{AdmitError, RegisterError, TooManyRegistrationsError};
use crate::job_deleter::DeletionError;
use crate::job_intake::IntakeError;
use crate::job_output::OutputError;
use crate::last_rendered::PictureError;
use crate::shaman::ShamanError;
use crate::shared_storage::StorageError;
use crate::store::StoreError;
use crate::task_logs::LogError;
use crate::task_reports::TakeReportError;

/// Seconds after which a refused request may be tried again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Seconds after which a Worker may ask again whether another process with its identity has ended.
const ASK_AGAIN_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Seconds after which one more may have a place where there were too many.
const AFTER_OVERLOAD: HeaderValue = HeaderValue::from_static("10");

/// Why a request was refused, as the client is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    retry_after: Option<HeaderValue>,
    /// Whether the connection ends with the answer.
    closes: bool,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER),
            closes: false,
        }
    }

    /// There are too many of this kind: the connection ends as well, so that it takes nothing from others.
    pub(super) fn overload(message: impl Into<String>) -> Self {
        Self {
            retry_after: Some(AFTER_OVERLOAD),
            closes: true,
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }

    pub(super) fn bad_request(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message.to_string())
    }

    /// Something in the path is not what belongs there.
    pub(super) fn bad_path(path: &str, error: &dyn fmt::Display) -> Self {
        Self::bad_request(format_args!(
            "the path {path} cannot be understood: {error}"
        ))
    }

    pub(super) fn not_found(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, message.to_string())
    }

    /// Why a job type cannot be shown. Who asks for it has not written it.
    pub(super) fn of_job_type(error: CompileError) -> Self {
        let status = match error {
            CompileError::UnknownType { .. } => StatusCode::NOT_FOUND,
            CompileError::OutdatedType { .. }
            | CompileError::BrokenScript { .. }
            | CompileError::Refused { .. }
            | CompileError::OverTime { .. }
            | CompileError::OverMemory { .. }
            | CompileError::TooLarge { .. }
            | CompileError::EngineFailed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }

    /// More than there may be in so short a time; so many seconds later it may be tried again.
    fn too_often(seconds: HeaderValue, message: &dyn fmt::Display) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, message.to_string())
        }
    }

    fn unavailable(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message.to_string())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let code = i32::from(self.status.as_u16());
        let mut response = respond::json_with(
            self.status,
            &api::Error {
                code,
                message: self.message.clone(),
            },
        );
        if let Some(after) = &self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, after.clone());
        }
        if self.closes {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        response
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        Self::unavailable(format_args!(
            "the manager is {error}, try again in a moment"
        ))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the database does not answer a request"
        );
        Self::unavailable("the database cannot be read at the moment, try again later")
    }
}

impl From<LogError> for ApiError {
    fn from(error: LogError) -> Self {
        // Its actor has logged it.
        Self::unavailable(format_args!("{error} at the moment, try again later"))
    }
}

impl From<AdmitError> for ApiError {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::Refused => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            AdmitError::TooManyWrong => Self::too_often(AFTER_OVERLOAD, &error),
            AdmitError::Unavailable(error) => error.into(),
        }
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::UnusableSecret => Self::bad_request(error),
            RegisterError::TooMany(TooManyRegistrationsError { seconds }) => {
                Self::too_often(seconds.into(), &error)
            }
            RegisterError::Unavailable(error) => error.into(),
        }
    }
}

impl From<TakeReportError> for ApiError {
    fn from(error: TakeReportError) -> Self {
        match error {
            TakeReportError::Refused(error) => error.into(),
            TakeReportError::LogNotWritten => Self::unavailable(error),
            TakeReportError::Unavailable(error) => error.into(),
        }
    }
}

impl From<PictureError> for ApiError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::NotFound => Self::not_found(error),
            PictureError::NotYours => Self::new(StatusCode::CONFLICT, error.to_string()),
            PictureError::QueueFull => Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()),
            PictureError::Unavailable(error) => error.into(),
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        let status = match &error {
            StorageError::BadName(_) | StorageError::OtherLength { .. } => StatusCode::BAD_REQUEST,
            StorageError::Outside(_) => StatusCode::FORBIDDEN,
            StorageError::UnknownUpload | StorageError::NoFile => StatusCode::NOT_FOUND,
            StorageError::OtherOffset { .. } | StorageError::Complete | StorageError::Busy => {
                StatusCode::CONFLICT
            }
            StorageError::NoStorage => StatusCode::PRECONDITION_FAILED,
            StorageError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            StorageError::Full => StatusCode::INSUFFICIENT_STORAGE,
            StorageError::Failed(source) => {
                tracing::error!(
                    error = source as &dyn std::error::Error,
                    "the shared storage is not at hand"
                );
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<UpdateError> for ApiError {
    fn from(error: UpdateError) -> Self {
        let status = match &error {
            UpdateError::Unusable(_) | UpdateError::Folder { .. } => StatusCode::BAD_REQUEST,
            UpdateError::NotOverHttp(_) | UpdateError::PasswordOfAnotherBroker => {
                StatusCode::FORBIDDEN
            }
            UpdateError::FileBroken(_) => StatusCode::CONFLICT,
            UpdateError::NotWritten { .. } => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the configuration is not changed"
                );
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<ShamanError> for ApiError {
    fn from(error: ShamanError) -> Self {
        let status = match &error {
            ShamanError::BadFile(_) | ShamanError::BadPath(_) | ShamanError::Contradiction(_) => {
                StatusCode::BAD_REQUEST
            }
            ShamanError::NoFreeName(_) => StatusCode::CONFLICT,
            ShamanError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ShamanError::OtherSize { .. } | ShamanError::OtherContents { .. } => {
                StatusCode::EXPECTATION_FAILED
            }
            ShamanError::Missing { .. } => StatusCode::FAILED_DEPENDENCY,
            // For good, until the configuration is changed: there is nothing to wait for.
            ShamanError::SwitchedOff | ShamanError::NoStorage => {
                return Self {
                    retry_after: None,
                    ..Self::unavailable(error)
                };
            }
            ShamanError::Full => StatusCode::INSUFFICIENT_STORAGE,
            ShamanError::Failed(source) => {
                tracing::error!(
                    error = source as &dyn std::error::Error,
                    "the shared storage is not at hand"
                );
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<OutputError> for ApiError {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::UnknownJob => Self::not_found(error),
            OutputError::UnknownPlace(_) => Self::bad_request(error),
            OutputError::Storage(error) => error.into(),
            OutputError::Store(error) => error.into(),
            OutputError::Unavailable(error) => error.into(),
        }
    }
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        let status = match error {
            ReportError::NotFound => StatusCode::NOT_FOUND,
            ReportError::UnknownWorker => StatusCode::FORBIDDEN,
            ReportError::NotYours | ReportError::OtherAttempt(_) | ReportError::NotRunning(_) => {
                StatusCode::CONFLICT
            }
            ReportError::NotForWorkers(_) => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl From<SignOnError> for ApiError {
    fn from(error: SignOnError) -> Self {
        match error {
            SignOnError::Unknown(error) => error.into(),
            SignOnError::IdentityTaken(error) => Self {
                retry_after: error.may_have_ended.then_some(ASK_AGAIN_AFTER),
                ..Self::new(StatusCode::CONFLICT, error.to_string())
            },
        }
    }
}

impl From<UnknownWorker> for ApiError {
    fn from(error: UnknownWorker) -> Self {
        Self::new(StatusCode::FORBIDDEN, error.to_string())
    }
}

impl From<WorkerRequestError> for ApiError {
    fn from(error: WorkerRequestError) -> Self {
        let status = match error {
            WorkerRequestError::NotFound => StatusCode::NOT_FOUND,
            WorkerRequestError::CannotRestart => StatusCode::PRECONDITION_FAILED,
        };
        Self::new(status, error.to_string())
    }
}

impl From<JobOrderError> for ApiError {
    fn from(error: JobOrderError) -> Self {
        let status = match error {
            JobOrderError::NotFound => StatusCode::NOT_FOUND,
            // The empty text is no status at all.
            JobOrderError::NotByHand(JobStatus::Unset) => StatusCode::BAD_REQUEST,
            JobOrderError::NotByHand(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}

impl From<TagError> for ApiError {
    fn from(error: TagError) -> Self {
        let status = match error {
            TagError::NotFound => StatusCode::NOT_FOUND,
            TagError::IdTaken(_) | TagError::NameTaken(_) => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}

impl From<JobTagError> for ApiError {
    fn from(error: JobTagError) -> Self {
        let status = match error {
            JobTagError::UnknownJob => StatusCode::NOT_FOUND,
            JobTagError::UnknownTag => StatusCode::NOT_ACCEPTABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<SleepScheduleError> for ApiError {
    fn from(error: SleepScheduleError) -> Self {
        match error {
            SleepScheduleError::NotFound => Self::not_found(error),
            SleepScheduleError::Bad(error) => Self::bad_request(error),
        }
    }
}

impl From<DeletionError> for ApiError {
    fn from(error: DeletionError) -> Self {
        match error {
            DeletionError::NotFound => Self::not_found(error),
            DeletionError::NothingSoOld => {
                Self::new(StatusCode::RANGE_NOT_SATISFIABLE, error.to_string())
            }
            DeletionError::Store(error) => error.into(),
            DeletionError::Unavailable(error) => error.into(),
        }
    }
}

impl From<TaskOrderError> for ApiError {
    fn from(error: TaskOrderError) -> Self {
        let status = match error {
            TaskOrderError::NotFound => StatusCode::NOT_FOUND,
            TaskOrderError::NotByHand(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Compile(error) => Self::new(compile_status(&error), error.to_string()),
            IntakeError::InitialStatus(_)
            | IntakeError::TooLong(_)
            | IntakeError::UnknownTag(_) => Self::bad_request(error),
            IntakeError::NotStored => Self::unavailable(format_args!("{error}, try again later")),
            IntakeError::Unavailable(error) => error.into(),
        }
    }
}

fn compile_status(error: &CompileError) -> StatusCode {
    match error {
        CompileError::OutdatedType { .. } => StatusCode::PRECONDITION_FAILED,
        CompileError::UnknownType { .. }
        | CompileError::BrokenScript { .. }
        | CompileError::Refused { .. }
        | CompileError::OverTime { .. }
        | CompileError::OverMemory { .. }
        | CompileError::TooLarge { .. }
        | CompileError::EngineFailed { .. } => StatusCode::BAD_REQUEST,
    }
}
