//! Sending a file to the Manager.

use std::io::SeekFrom;
use std::path::Path;
use std::time::Duration;

use bytes::BytesMut;
use farandole_frames::open_regular;
use farandole_protocol::api::Upload;
use farandole_protocol::client::{ClientError, ManagerHttp};
use futures_util::stream;
use indicatif::ProgressBar;
use reqwest::Body;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::bar::bar;
use super::patience::Patience;
use crate::error::{CliError, Outcome};
use crate::output::note;

const PIECE: usize = 256 << 10;
/// A Manager that was cut off may still hold the file for a moment.
const MOMENT: Duration = Duration::from_millis(100);

/// Sends the file, under its name. When it is cut off it goes on by itself, where it ended.
pub(crate) async fn upload(manager: &ManagerHttp, file: &Path, name: &str) -> Outcome<Upload> {
    let length = length(file).await?;
    let begun = manager.begin_upload(name, length).await;
    let mut upload = begun.map_err(|error| without_uploads(error, file))?;
    let bar = bar("uploading", length);
    let mut patience = Patience::new();
    loop {
        let before = upload.size;
        bar.set_position(before);
        // What was there before says nothing about the pace.
        bar.reset_eta();
        let body = body(file, before, bar.clone()).await?;
        let rest = length.saturating_sub(before);
        match manager.finish_upload(&upload.id, before, rest, body).await {
            Ok(done) => {
                bar.finish_and_clear();
                return Ok(done);
            }
            Err(error) => {
                bar.suspend(|| note(&format!("the upload was cut off ({error}), going on")));
                patience.wait_after(error).await?;
            }
        }
        upload = whereabouts(manager, upload, &mut patience).await?;
        if upload.complete {
            // All of it had come; only the answer was lost.
            bar.finish_and_clear();
            return Ok(upload);
        }
        if upload.size > before {
            patience.renew();
        }
    }
}

async fn whereabouts(
    manager: &ManagerHttp,
    upload: Upload,
    patience: &mut Patience,
) -> Outcome<Upload> {
    loop {
        tokio::time::sleep(MOMENT).await;
        match manager.upload(&upload.id).await {
            Ok(upload) => return Ok(upload),
            Err(error) => patience.wait_after(error).await?,
        }
    }
}

/// A Flamenco Manager takes no uploads.
fn without_uploads(error: ClientError, file: &Path) -> CliError {
    if error.refused_status() == Some(404) {
        return CliError::Failed(format!(
            "this Manager takes no uploads; put {} into the shared storage, or say --in-place if Workers find it under \
             the same path",
            file.display()
        ));
    }
    error.into()
}

async fn length(file: &Path) -> Outcome<u64> {
    let about = open(file).await?.metadata().await;
    Ok(about.map_err(|error| unreadable(file, &error))?.len())
}

/// Opens the file, unless it is something that could make the upload wait for ever, such as a named pipe.
async fn open(file: &Path) -> Outcome<File> {
    let path = file.to_owned();
    let opened = tokio::task::spawn_blocking(move || open_regular(&path)).await;
    let opened = opened.map_err(std::io::Error::other).flatten();
    Ok(File::from_std(
        opened.map_err(|error| unreadable(file, &error))?,
    ))
}

/// The file from this byte on.
async fn body(file: &Path, from: u64, bar: ProgressBar) -> Outcome<Body> {
    let mut open = open(file).await?;
    open.seek(SeekFrom::Start(from))
        .await
        .map_err(|error| unreadable(file, &error))?;
    let pieces = stream::try_unfold((open, bar), async |(mut open, bar)| {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = open.read_buf(&mut piece).await?;
        bar.inc(read as u64);
        Ok::<_, std::io::Error>((read > 0).then(|| (piece.freeze(), (open, bar))))
    });
    Ok(Body::wrap_stream(pieces))
}

fn unreadable(file: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("cannot read {}: {error}", file.display()))
}
