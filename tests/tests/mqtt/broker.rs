//! A real MQTT broker.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use farandole_tests::harness::{Process, eventually};

use super::certificates::Identity;

pub(crate) const PASSWORD: &str = "correct-horse";

/// A broker that keeps what it has taken on disk.
pub(crate) struct Broker {
    pub(crate) process: Process,
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
}

impl Broker {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::configured(folder, "")
    }

    /// The same, which can also be reached by TLS, at the port that is given beside.
    pub(crate) fn with_tls(folder: &Path, identity: &Identity) -> (Self, u16) {
        fs::create_dir_all(folder).unwrap();
        let (certificate, key) = (folder.join("broker.pem"), folder.join("broker.key"));
        fs::write(&certificate, identity.certificate.pem()).unwrap();
        fs::write(&key, identity.key.serialize_pem()).unwrap();
        let port = free_port();
        let listener = format!(
            "listener {port} 127.0.0.1\ncertfile {}\nkeyfile {}\n",
            certificate.display(),
            key.display()
        );
        (Self::configured(folder, &listener), port)
    }

    fn configured(folder: &Path, more: &str) -> Self {
        let port = free_port();
        fs::create_dir_all(folder).unwrap();
        let passwords = folder.join("passwords");
        let made = Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(&passwords)
            .args(["farm", PASSWORD])
            .status();
        assert!(made.unwrap().success());
        // As root the broker would become another user, who may not write here.
        let config = format!(
            "listener {port} 127.0.0.1\nuser root\npassword_file {}\npersistence true\npersistence_location {}/\n\
             autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n{more}",
            passwords.display(),
            folder.display(),
        );
        fs::write(folder.join("mosquitto.conf"), config).unwrap();
        Self::run(folder.to_owned(), port)
    }

    fn run(folder: PathBuf, port: u16) -> Self {
        // Where Debian has it, which is not on everybody's path.
        let installed = Path::new("/usr/sbin/mosquitto");
        let program = if installed.is_file() {
            installed
        } else {
            Path::new("mosquitto")
        };
        let mut command = Command::new(program);
        command.arg("-c").arg(folder.join("mosquitto.conf"));
        let process = Process::start("mosquitto", command, &folder.join("mosquitto.log"));
        eventually("the broker listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self {
            process,
            folder,
            port,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// The same again, with what it has kept.
    pub(crate) fn run_again(self) -> Self {
        let (folder, port) = (self.folder.clone(), self.port);
        drop(self);
        Self::run(folder, port)
    }
}

/// A port that nobody listens on just now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
