//! Nothing runs as root, can write outside of its volumes, or may do anything special; no image keeps a secret.

use serde_json::Value;

use super::docker::{docker, said, try_docker};
use super::farm::Farm;

#[test]
fn containers_can_do_no_more_than_they_have_to() {
    let farm = Farm::up(1, &[]);
    farm.api().wait_for_workers(1);
    for service in ["manager", "worker"] {
        let container = farm.containers(service).remove(0);
        let inspected: Value = serde_json::from_str(&docker(["inspect", &container])).unwrap();
        let host = &inspected[0]["HostConfig"];
        assert_eq!(host["ReadonlyRootfs"], true, "{service}");
        assert_eq!(host["CapDrop"][0], "ALL", "{service}");
        assert_eq!(host["Privileged"], false, "{service}");

        assert_eq!(
            docker(["exec", &container, "id", "-u"]),
            "1000",
            "{service}"
        );
        let status = docker(["exec", &container, "cat", "/proc/1/status"]);
        let line = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        for capabilities in ["CapPrm", "CapEff", "CapBnd"] {
            assert_eq!(line(capabilities), "0000000000000000", "{service}");
        }
        assert_eq!(line("NoNewPrivs"), "1", "{service}");
        for place in ["/x", "/usr/local/bin/x", "/etc/x"] {
            let write = try_docker(&["exec", &container, "touch", place]);
            assert!(!write.status.success(), "{service} can write {place}");
        }
        for place in ["/tmp/x", "/storage/x", "/var/lib/farandole/x"] {
            docker(["exec", &container, "touch", place]);
        }
    }
}

#[test]
fn images_keep_no_secret_and_say_what_they_are() {
    for name in ["farandole-manager", "farandole-worker"] {
        let history = docker(["history", "--no-trunc", "--format", "{{.CreatedBy}}", name]);
        let history = history.to_lowercase();
        for word in ["password", "secret", "token", "private key", "credential"] {
            assert!(!history.contains(word), "{name}: {history}");
        }
        let inspected: Value = serde_json::from_str(&docker(["inspect", name])).unwrap();
        let config = &inspected[0]["Config"];
        assert_eq!(config["User"], "farandole");
        assert!(config["Healthcheck"]["Test"].is_array());
        assert_eq!(
            config["Labels"]["org.opencontainers.image.licenses"],
            "GPL-3.0-or-later"
        );
        let helped = try_docker(&["run", "--rm", name, name, "--help"]);
        assert!(said(&helped).contains("Examples:"));
    }
}
