//! A file that is being received: written and summed up piece by piece, by whoever has this and nobody else.

use std::fs::File;
use std::io::Write as _;

use actix::Recipient;
use cap_std::fs::Dir;
use sha2::{Digest as _, Sha256};

use super::blobs;
use super::file_id::{Checksum, FileId};
use super::messages::{ShamanError, UploadEnded};

/// However it ends, its temporary file goes with it.
#[derive(Debug)]
pub struct Incoming {
    pub(super) file: FileId,
    /// The name of its temporary file; empty when there is none any more.
    pub(super) name: String,
    pub(super) contents: File,
    pub(super) stored: Dir,
    pub(super) ended: Recipient<UploadEnded>,
    sum: Sha256,
    received: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// It goes on.
    Wanted,
    /// Nothing more of it is needed: somebody else was faster, or it is longer than announced.
    Enough,
}

impl Incoming {
    /// One whose file is empty.
    pub(super) fn new(
        file: FileId,
        name: String,
        contents: File,
        stored: Dir,
        ended: Recipient<UploadEnded>,
    ) -> Self {
        Self {
            file,
            name,
            contents,
            stored,
            ended,
            sum: Sha256::new(),
            received: 0,
        }
    }

    /// Writes a piece. Blocks.
    pub fn write(&mut self, piece: &[u8]) -> Result<Progress, ShamanError> {
        self.received += piece.len() as u64;
        if self.received > self.file.size {
            return Ok(Progress::Enough);
        }
        self.contents.write_all(piece)?;
        self.sum.update(piece);
        if blobs::is_there(&self.stored, self.file)? {
            return Ok(Progress::Enough);
        }
        Ok(Progress::Wanted)
    }

    /// Whether it is what was announced.
    pub(super) fn check(&self) -> Result<(), ShamanError> {
        if self.received != self.file.size {
            return Err(ShamanError::OtherSize {
                announced: self.file.size,
                received: self.received,
            });
        }
        let found = Checksum::new(self.sum.clone().finalize().into());
        if found != self.file.checksum {
            let announced = self.file;
            return Err(ShamanError::OtherContents { announced, found });
        }
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Whoever drops this may be a thread that must not wait for a disk.
        let name = std::mem::take(&mut self.name);
        if !name.is_empty() {
            self.ended.do_send(UploadEnded(name));
        }
    }
}
