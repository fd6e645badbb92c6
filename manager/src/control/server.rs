//! The socket: who may command, and how a line becomes an order.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use farandole_settings::PRIVATE_FILE;
use nix::unistd::geteuid;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::actor::Control;
use super::messages::{ControlAnswer, ControlRequest};
use super::place::Place;
use crate::ask::{self, Front, WeakFront};

/// A request comes at once, and is short.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest request, in bytes.
const LONGEST: u64 = 64 << 10;
/// The pause after a connection could not be accepted: no file descriptor is free.
const PAUSE: Duration = Duration::from_millis(250);

/// Opens the socket and passes to this actor what comes. Without a socket the Manager works all the same. The caller
/// holds the lock of the data directory.
pub(crate) fn start(data_dir: &Path, control: &Front<Control>) {
    match open(data_dir) {
        Ok((listener, place)) => {
            let control = control.downgrade();
            ask::in_background(async move {
                serve(listener, &control).await;
                drop(place);
            });
        }
        Err(error) => tracing::warn!(
            %error,
            data_dir = %data_dir.display(),
            "cannot open the control socket: commands for a running Manager do not reach this one"
        ),
    }
}

fn open(data_dir: &Path) -> io::Result<(UnixListener, Place)> {
    let place = Place::in_data_dir(data_dir)?;
    if let Ok(found) = fs::symlink_metadata(&place.path)
        && found.file_type().is_socket()
    {
        // Its process has ended, or we would not hold the lock.
        fs::remove_file(&place.path)?;
    }
    let listener = UnixListener::bind(&place.path)?;
    fs::set_permissions(&place.path, fs::Permissions::from_mode(PRIVATE_FILE))?;
    Ok((listener, place))
}

async fn serve(listener: UnixListener, control: &WeakFront<Control>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let Some(control) = control.upgrade() else {
                    return;
                };
                ask::in_background(async move {
                    if let Err(error) = converse(stream, &control).await {
                        tracing::debug!(%error, "a control connection has failed");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a control connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, control: &Front<Control>) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let mut stream = BufReader::new(stream);
    let answer = if may_command(peer, geteuid().as_raw()) {
        let mut line = Vec::new();
        let mut request = (&mut stream).take(LONGEST);
        timeout(PATIENCE, request.read_until(b'\n', &mut line)).await??;
        answer(&line, control).await
    } else {
        tracing::warn!(user.id = peer, "a command of another user is refused");
        refused("only the user that the Manager runs as may command it")
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    timeout(PATIENCE, stream.get_mut().write_all(&line)).await?
}

async fn answer(line: &[u8], control: &Front<Control>) -> ControlAnswer {
    match serde_json::from_slice::<ControlRequest>(line) {
        Ok(request) => ask::ask(control, request).await.unwrap_or_else(refused),
        Err(error) => refused(format_args!("the request cannot be understood: {error}")),
    }
}

fn refused(reason: impl std::fmt::Display) -> ControlAnswer {
    ControlAnswer::Refused {
        reason: reason.to_string(),
    }
}

/// The user that the Manager runs as, and root.
fn may_command(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_user_and_root_may_command() {
        assert!(may_command(1000, 1000) && may_command(0, 1000) && may_command(0, 0));
        assert!(!may_command(1001, 1000) && !may_command(1000, 0));
    }

    #[actix::test]
    async fn a_stale_socket_is_replaced_whatever_the_length_of_its_path() {
        for length in [1, 200] {
            let folder = tempfile::tempdir().unwrap();
            let data_dir = folder.path().join("x".repeat(length));
            fs::create_dir(&data_dir).unwrap();
            let first = open(&data_dir).unwrap();
            drop(first);
            let path = data_dir.join("control.sock");
            assert!(path.exists(), "as after a process that was killed");
            let _second = open(&data_dir).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let place = Place::in_data_dir(&data_dir).unwrap();
            UnixStream::connect(&place.path).await.unwrap();
        }
    }

    #[actix::test]
    async fn what_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        fs::write(&path, "notes").unwrap();
        assert!(open(folder.path()).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
    }
}
