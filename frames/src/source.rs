//! The file that is being looked at: reads that know the length of the file, and that remember trouble with the
//! storage.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use crate::failure::NotWholeError;
use crate::regular::open_regular;

/// Files that have to be read as a whole are not when they are longer than this.
const MAX_FILE_IN_MEMORY: u64 = 1 << 30;

/// What the operating system said about reading, if it said anything.
type Trouble = Rc<RefCell<Option<String>>>;

/// A file that is open for a check.
#[derive(Debug)]
pub(crate) struct Source {
    reader: BufReader<Watched>,
    length: u64,
    trouble: Trouble,
}

impl Source {
    /// Opens the file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = open_regular(path)?;
        let length = file.metadata()?.len();
        let trouble = Trouble::default();
        let watched = Watched {
            file,
            trouble: Rc::clone(&trouble),
        };
        Ok(Self {
            reader: BufReader::new(watched),
            length,
            trouble,
        })
    }

    /// The length of the file in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// A view of the trouble that is still there when the source has been given away.
    pub(crate) fn trouble(&self) -> impl Fn() -> Option<String> + use<> {
        let trouble = Rc::clone(&self.trouble);
        move || trouble.borrow().clone()
    }

    /// The first bytes of the file: fewer than asked for when it is shorter.
    pub(crate) fn head(&mut self, count: u64) -> io::Result<Vec<u8>> {
        self.rewind()?;
        let mut head = Vec::new();
        self.reader.by_ref().take(count).read_to_end(&mut head)?;
        self.rewind()?;
        Ok(head)
    }

    /// The whole content.
    pub(crate) fn all(&mut self) -> Result<Vec<u8>, NotWholeError> {
        if self.length > MAX_FILE_IN_MEMORY {
            return Err(NotWholeError::too_large());
        }
        self.rewind()?;
        let mut all = Vec::new();
        self.reader.read_to_end(&mut all)?;
        Ok(all)
    }

    /// The bytes at this position.
    pub(crate) fn at<const N: usize>(&mut self, position: u64) -> Result<[u8; N], NotWholeError> {
        self.seek(SeekFrom::Start(position))?;
        self.next()
    }

    /// The bytes that come next.
    pub(crate) fn next<const N: usize>(&mut self) -> Result<[u8; N], NotWholeError> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// This many of the bytes that come next. Nothing is allocated for bytes that the file does not have.
    pub(crate) fn next_vec(&mut self, count: u64) -> Result<Vec<u8>, NotWholeError> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(count).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|read| read == count) {
            Ok(bytes)
        } else {
            Err(NotWholeError::cut_off())
        }
    }

    /// Passes over bytes, which must exist.
    pub(crate) fn skip(&mut self, count: u64) -> Result<(), NotWholeError> {
        let end = self.reader.stream_position()?.saturating_add(count);
        self.must_reach(end)?;
        self.reader
            .seek_relative(i64::try_from(count).map_err(|_| NotWholeError::cut_off())?)?;
        Ok(())
    }

    /// The file must be at least this long.
    pub(crate) fn must_reach(&self, length: u64) -> Result<(), NotWholeError> {
        if length > self.length {
            Err(NotWholeError::cut_off())
        } else {
            Ok(())
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}

/// A file that notes trouble with the storage. Decoders may wrap such an error in one of their own, which would make
/// a good picture on a bad storage look like a bad picture.
#[derive(Debug)]
struct Watched {
    file: File,
    trouble: Trouble,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.file.read(buffer);
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
        {
            *self.trouble.borrow_mut() = Some(error.to_string());
        }
        result
    }
}

impl Seek for Watched {
    // A seek fails only when a damaged file leads to before its start, which is not the storage's fault.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file
            .seek(to)
            .map_err(|_| io::ErrorKind::UnexpectedEof.into())
    }
}
