//! Files that tests send.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};

use farandole_tests::harness::Manager;
use farandole_tests::wire::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const BLOCK: usize = 1 << 20;

/// A file of any size that is not kept in memory: blocks that begin with their number and something of its own.
#[derive(Clone, Debug)]
pub(crate) struct File {
    seed: u64,
    pub(crate) size: usize,
    pub(crate) sha: String,
}

impl File {
    pub(crate) fn new(seed: u64, size: usize) -> Self {
        let mut sum = Sha256::new();
        Self::blocks(seed, size, size, |block| sum.update(block));
        let sha = hex(&sum.finalize());
        Self { seed, size, sha }
    }

    fn blocks(seed: u64, size: usize, up_to: usize, mut take: impl FnMut(&[u8])) {
        let mut block = vec![0; BLOCK.min(size)];
        let mut state = 2 * seed + 1;
        for byte in &mut block {
            state = random(state);
            *byte = state.to_le_bytes()[7];
        }
        let mut sent = 0;
        while sent < up_to {
            let length = BLOCK.min(up_to - sent);
            for (byte, number) in block.iter_mut().zip(sent.to_le_bytes()) {
                *byte = number;
            }
            take(&block[..length]);
            sent += length;
        }
    }

    fn path(&self) -> String {
        format!("/api/v3/shaman/files/{}/{}", self.sha, self.size)
    }

    pub(crate) fn spec(&self, path: &str) -> Value {
        json!({"sha": self.sha, "size": self.size, "path": path})
    }

    pub(crate) fn blob(&self, storage: &Path) -> PathBuf {
        let (first, rest) = self.sha.split_at(2);
        let stored = storage.join("file-store/stored");
        stored
            .join(first)
            .join(rest)
            .join(format!("{}.blob", self.size))
    }

    /// Sends so many bytes of it and, if that is not all, goes away. Otherwise gives the status of the answer.
    pub(crate) fn send(&self, manager: &Manager, up_to: usize) -> Option<u16> {
        let mut stream = self.begin(manager, up_to);
        if up_to < self.size {
            stream.shutdown(Shutdown::Both).unwrap();
            return None;
        }
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        let status = std::str::from_utf8(&head).unwrap();
        Some(status.strip_prefix("HTTP/1.1 ").unwrap().parse().unwrap())
    }

    /// Sends so many bytes of it, and nothing more for now.
    pub(crate) fn begin(&self, manager: &Manager, up_to: usize) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", manager.port())).unwrap();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: farm\r\nX-Shaman-Can-Defer-Upload: True\r\nContent-Length: {}\r\n\r\n",
            self.path(),
            self.size
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self::blocks(self.seed, self.size, up_to, |block| {
            stream.write_all(block).unwrap();
        });
        stream
    }

    pub(crate) fn status(&self, manager: &Manager) -> String {
        let told = manager.api().get(&self.path());
        told["status"].as_str().unwrap().to_owned()
    }

    /// Stored whole, and as it was sent.
    #[track_caller]
    pub(crate) fn is_whole(&self, storage: &Path) {
        let mut sum = Sha256::new();
        let mut blob = fs::File::open(self.blob(storage)).unwrap();
        let mut block = vec![0; BLOCK];
        loop {
            let length = blob.read(&mut block).unwrap();
            if length == 0 {
                break;
            }
            sum.update(&block[..length]);
        }
        assert_eq!(hex(&sum.finalize()), self.sha);
    }
}

pub(crate) fn random(state: u64) -> u64 {
    let mut state = state;
    state ^= state << 13;
    state ^= state >> 7;
    state ^ (state << 17)
}
