//! The task that a path names, for operations that know no difference between no id and no task.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use farandole_protocol::ids::TaskId;

use super::error::ApiError;

/// A task's id from the path. What is no id names no task: 404, where others answer 400.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownTask(pub(super) TaskId);

impl FromRequest for KnownTask {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = req.match_info().query("task_id");
        let id = text.parse().map(Self);
        ready(id.map_err(|_| ApiError::not_found(format_args!("there is no task {text:?}"))))
    }
}
