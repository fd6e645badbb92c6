//! A line to the Manager that is cut at random points.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use uuid::Uuid;

/// A port that leads to the Manager's, for as long as the test runs.
pub(crate) struct Scissors {
    port: u16,
    left: Arc<AtomicU32>,
    cuts: u32,
}

impl Scissors {
    /// A line to this port, cut so many times, each time after at most so many bytes.
    pub(crate) fn between(port: u16, longest: u64, cuts: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let left = Arc::new(AtomicU32::new(cuts));
        let shared = Arc::clone(&left);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let Ok(manager) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                for (from, to) in [(&caller, &manager), (&manager, &caller)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let left = Arc::clone(&shared);
                    thread::spawn(move || drop(carry(from, to, longest, &left)));
                }
            }
        });
        Self {
            port: own,
            left,
            cuts,
        }
    }

    /// Where the Manager seems to be.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How often it was cut so far.
    pub(crate) fn cuts(&self) -> u32 {
        self.cuts - self.left.load(Ordering::Relaxed)
    }
}

/// Carries what comes from the one to the other, until it ends or is cut.
fn carry(mut from: TcpStream, mut to: TcpStream, longest: u64, left: &AtomicU32) -> io::Result<()> {
    let mut until_cut = u64::try_from(Uuid::new_v4().as_u128() % u128::from(longest)).unwrap();
    let mut piece = vec![0; 256 << 10];
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return to.shutdown(Shutdown::Write);
        }
        let passes = usize::try_from(until_cut).unwrap().min(read);
        let one_less = |left: u32| left.checked_sub(1);
        if passes < read
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
        {
            to.write_all(&piece[..passes])?;
            from.shutdown(Shutdown::Both)?;
            return to.shutdown(Shutdown::Both);
        }
        until_cut -= passes as u64;
        to.write_all(&piece[..read])?;
    }
}
