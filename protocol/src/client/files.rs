//! The calls that bring files into the shared storage and out of it. A Flamenco Manager has none and refuses with 404.
//!
//! Uploads are resumable in the way of the IETF draft "Resumable Uploads for HTTP", without its interim responses.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LAST_MODIFIED, RANGE};
use reqwest::{Body, Method, Response};

use super::error::ClientError;
use super::http::{ManagerHttp, accept, read_json, send, unreachable};
use crate::api::{JobFiles, Upload};
use crate::headers::{UPLOAD_COMPLETE, UPLOAD_LENGTH, UPLOAD_OFFSET};
use crate::ids::JobId;
use crate::paths;

/// A large file takes its time on a slow line, and on its way to the disk.
const SYNC_TIMEOUT: Duration = Duration::from_hours(24);

/// Uploads.
impl ManagerHttp {
    /// Begins an upload of so many bytes. None of them is sent yet.
    pub async fn begin_upload(&self, name: &str, length: u64) -> Result<Upload, ClientError> {
        let request = self
            .request(Method::POST, &paths::farm_upload(name))
            .header(UPLOAD_COMPLETE, "?0")
            .header(UPLOAD_LENGTH, length);
        read_json(accept(send(request).await?).await?).await
    }

    /// Appends a body of so many bytes, the last ones of the file, where it ended so far. A 409 says that it ended
    /// elsewhere, see [`Self::upload`], or that somebody else is at it.
    pub async fn finish_upload(
        &self,
        id: &str,
        offset: u64,
        length: u64,
        body: Body,
    ) -> Result<Upload, ClientError> {
        let request = self
            .open_ended(Method::PATCH, &paths::farm_upload(id))
            .header(UPLOAD_OFFSET, offset)
            .header(UPLOAD_COMPLETE, "?1")
            .header(CONTENT_TYPE, "application/partial-upload")
            .header(CONTENT_LENGTH, length)
            .timeout(SYNC_TIMEOUT)
            .body(body);
        read_json(accept(send(request).await?).await?).await
    }

    /// How far an upload has come.
    pub async fn upload(&self, id: &str) -> Result<Upload, ClientError> {
        self.get(&paths::farm_upload(id)).await
    }
}

/// What jobs made.
impl ManagerHttp {
    /// A page of the files of a job, after the place that the page before named.
    pub async fn job_files(
        &self,
        job: JobId,
        after: Option<&str>,
    ) -> Result<JobFiles, ClientError> {
        let after = after.map(|after| ("after", after));
        let request = self.request(Method::GET, &paths::farm_job_files(job));
        let request = request.query(after.as_slice());
        read_json(accept(send(request).await?).await?).await
    }

    /// A file below a job's output folder, from this byte on.
    pub async fn job_file(
        &self,
        job: JobId,
        path: &str,
        from: u64,
    ) -> Result<FileStream, ClientError> {
        let mut request = self.open_ended(Method::GET, &paths::farm_job_file(job, path));
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        Ok(FileStream(accept(send(request).await?).await?))
    }
}

/// A file that is being received.
#[derive(Debug)]
pub struct FileStream(Response);

impl FileStream {
    /// Whether it begins where it was asked to, not at the file's beginning.
    pub fn is_partial(&self) -> bool {
        self.0.status() == reqwest::StatusCode::PARTIAL_CONTENT
    }

    /// When the file last changed, to the second, if the Manager says.
    pub fn modified(&self) -> Option<DateTime<Utc>> {
        let value = self.0.headers().get(LAST_MODIFIED)?.to_str().ok()?;
        Some(DateTime::parse_from_rfc2822(value).ok()?.to_utc())
    }

    /// The next bytes; `None` at the end. Not here: how long to wait for them.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        self.0.chunk().await.map_err(unreachable)
    }
}
