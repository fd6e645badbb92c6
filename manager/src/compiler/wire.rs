//! What goes between the Manager and the process that runs its scripts: orders, and what came of them, as JSON behind
//! its length.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use farandole_protocol::api::AvailableJobType;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::messages::{CompileError, CompileJob, CompiledJob};
use super::session::Limits;

/// The byte that says that no script runs any more; what came of it follows.
pub(super) const SCRIPT_ENDED: u8 = b'E';

/// An order, with all that it takes to carry it out.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Request {
    pub(super) folders: Vec<PathBuf>,
    time: Duration,
    memory: usize,
    tasks: usize,
    output: usize,
    pub(super) order: Order,
}

/// What a script is run for.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Order {
    Describe(String),
    Compile(Box<CompileJob>),
}

/// What came of it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Outcome {
    Described(Result<AvailableJobType, CompileError>),
    Compiled(Result<CompiledJob, CompileError>),
}

impl Order {
    /// The job type whose script it takes.
    pub(super) fn job_type(&self) -> &str {
        match self {
            Self::Describe(name) => name,
            Self::Compile(order) => &order.submitted.job_type,
        }
    }
}

impl Request {
    pub(super) fn new(folders: Vec<PathBuf>, limits: &Limits, order: Order) -> Self {
        let Limits {
            time,
            memory,
            tasks,
            output,
        } = *limits;
        Self {
            folders,
            time,
            memory,
            tasks,
            output,
            order,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            time: self.time,
            memory: self.memory,
            tasks: self.tasks,
            output: self.output,
        }
    }
}

pub(super) fn write(mut to: impl Write, what: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec(what)?;
    to.write_all(&(text.len() as u64).to_be_bytes())?;
    to.write_all(&text)
}

/// Reads what is at most this long, in bytes. `None` if the other end has closed the channel.
pub(super) fn read<T: DeserializeOwned>(mut from: impl Read, most: u64) -> io::Result<Option<T>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u64::from_be_bytes(length);
    if length > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut text = Vec::new();
    from.take(length).read_to_end(&mut text)?;
    Ok(Some(serde_json::from_slice(&text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        for order in ["one", "another"] {
            write(&mut bytes, &Order::Describe(order.to_owned())).unwrap();
        }
        let mut from = bytes.as_slice();
        let mut next = || read::<Order>(&mut from, 100).unwrap();
        assert_eq!(next().unwrap().job_type(), "one");
        assert_eq!(next().unwrap().job_type(), "another");
        assert!(next().is_none());
    }

    #[test]
    fn what_is_too_long_or_cut_off_is_an_error() {
        let mut bytes = Vec::new();
        write(&mut bytes, &"x".repeat(200)).unwrap();
        assert!(read::<String>(bytes.as_slice(), 100).is_err());
        assert!(read::<String>(&bytes[..100], 1_000).is_err());
    }
}
