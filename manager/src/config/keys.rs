//! What the Manager can be told.

use farandole_settings::{Key, Kind};

/// All keys, in the order in which they are shown.
pub(super) const KEYS: &[Key] = &[
    Key::new(
        "_meta.version",
        Kind::Int,
        "3",
        "Version of the configuration file's format; only 3 is understood",
    ),
    Key::new(
        "manager_name",
        Kind::Text,
        "Farandole",
        "Name of the Manager, as clients show it to people",
    ),
    Key::new(
        "farm",
        Kind::Text,
        "",
        "Name of the farm, for several farms in one network: Workers that search find only Managers of their own farm",
    ),
    Key::new(
        "database",
        Kind::Path,
        "farandole-manager.sqlite",
        "The database file",
    ),
    Key::new(
        "database_check_period",
        Kind::Duration,
        "10m0s",
        "How often the database file is checked for damage; 0 never",
    ),
    Key::new(
        "listen",
        Kind::Text,
        ":8080",
        "Where the page and the API are served, as host:port, or :port for all addresses of this host",
    ),
    Key::new(
        "allowed_hosts",
        Kind::List,
        "",
        "Names by which web browsers may call this Manager, beside addresses, names without a dot, names of local \
         networks (*.local, *.lan, *.internal, *.home.arpa) and this host's own names; also *.studio.example, or * for all",
    ),
    Key::new(
        "autodiscoverable",
        Kind::Bool,
        "true",
        "Whether Workers of the same network find this Manager by themselves, by SSDP (1900/udp, multicast)",
    ),
    Key::new(
        "local_manager_storage_path",
        Kind::Path,
        "farandole-manager-storage",
        "Folder of the Manager's own, for task logs and pictures of what was rendered",
    ),
    Key::new(
        "shared_storage_path",
        Kind::Path,
        "",
        "Folder on the storage that the Manager and all Workers share; without one the farm is not set up yet",
    ),
    Key::new(
        "shaman.enabled",
        Kind::Bool,
        "true",
        "Whether clients can upload the files of a job to the Shaman storage, in the shared folder",
    ),
    Key::new(
        "shaman.garbageCollect.period",
        Kind::Duration,
        "24h0m0s",
        "How often files of the Shaman storage that no job uses are looked for; 0 never",
    ),
    Key::new(
        "shaman.garbageCollect.maxAge",
        Kind::Duration,
        "744h0m0s",
        "Files of the Shaman storage that no job uses are removed when unused for so long",
    ),
    Key::new(
        "task_timeout",
        Kind::Duration,
        "10m0s",
        "A running task that made no progress for so long is given to another Worker; 0 never",
    ),
    Key::new(
        "worker_timeout",
        Kind::Duration,
        "1m0s",
        "A Worker that was silent for so long is given up, and its task goes to another; 0 never",
    ),
    Key::new(
        "ephemeral_worker_timeout",
        Kind::Duration,
        "10m0s",
        "An ephemeral Worker that is offline or silent for so long is forgotten; 0 never",
    ),
    Key::new(
        "blocklist_threshold",
        Kind::Int,
        "3",
        "After so many failed tasks of one type, a Worker gets no more tasks of that type from that job; 0 never",
    ),
    Key::new(
        "task_fail_after_softfail_count",
        Kind::Int,
        "3",
        "How many Workers must have failed at a task before it counts as failed",
    ),
    Key::new(
        "lost_attempts_limit",
        Kind::Int,
        "5",
        "A task whose Workers were lost so often while they ran it fails; 0 never",
    ),
    Key::new(
        "findings",
        Kind::List,
        "",
        "Findings about outputs that are warnings of every job instead of failures, as with farandole submit --allow",
    ),
    Key::new(
        "mqtt.client.enabled",
        Kind::Bool,
        "false",
        "Whether the farm's events are sent to an MQTT broker",
    ),
    Key::new(
        "mqtt.client.broker",
        Kind::Text,
        "",
        "URL of the MQTT broker, such as mqtt://broker:1883, or mqtts://broker:8883 by TLS; also ws:// and wss://",
    ),
    Key::new(
        "mqtt.client.ca_file",
        Kind::Path,
        "",
        "PEM file with the certificates that the broker's must be signed by, for mqtts:// and wss://; without one \
         those that this host trusts",
    ),
    Key::new(
        "mqtt.client.clientID",
        Kind::Text,
        "flamenco",
        "Name by which the broker knows this Manager",
    ),
    Key::new(
        "mqtt.client.topic_prefix",
        Kind::Text,
        "flamenco",
        "What all topics begin with",
    ),
    Key::new(
        "mqtt.client.username",
        Kind::Text,
        "",
        "User name for the broker",
    ),
    Key::new(
        "mqtt.client.password",
        Kind::Text,
        "",
        "Password for the broker",
    )
    .secret(),
    Key::new(
        "variables",
        Kind::Yaml,
        "{}",
        "Values per platform and audience that stand for {name} in job types and paths, such as where Blender is",
    ),
    Key::new(
        "addon",
        Kind::Path,
        "",
        "Zip file of the Blender add-on, served at /flamenco-addon.zip; without one a page there says where it is found",
    ),
    Key::new(
        "compatible_version",
        Kind::Text,
        "",
        "Version of Flamenco that clients are told as shortversion; without one each Blender add-on is told its own version, and others 3.8.5",
    ),
    Key::new(
        "script_time_limit",
        Kind::Duration,
        "10s",
        "How long the script of a job type may run",
    ),
    Key::new(
        "script_memory_limit",
        Kind::Int,
        "1024",
        "How much memory the script of a job type may use, in MiB",
    ),
    Key::new(
        "request_body_limit",
        Kind::Int,
        "100",
        "How large the body of a request may be that submits a job or names all of its files, in MiB; reports of \
         Workers have up to 16 MiB, pictures 25, all else 1",
    ),
    Key::new(
        "request_memory_limit",
        Kind::Int,
        "512",
        "How much memory the bodies of all requests may take together, in MiB, a quarter of it for Workers; never less \
         than twice request_body_limit",
    ),
    Key::new(
        "task_log_limit",
        Kind::Text,
        "100MiB",
        "How large the log of a task may become; of a larger one the first and the newest quarter of this stay",
    ),
    Key::new(
        "registration_limit",
        Kind::Int,
        "2000",
        "How many Workers may register in a burst, a quarter of them from one address; more can after some seconds. Of the \
         Workers that have never signed on, this number is kept, and the oldest are forgotten",
    ),
    Key::new(
        "registration_timeout",
        Kind::Duration,
        "24h0m0s",
        "After this time a Worker that has registered and never signed on is forgotten; 0 never",
    ),
    Key::new(
        "connection_limit_per_address",
        Kind::Int,
        "1000",
        "How many connections one address may have open, other than those of Workers; more are not served. This host \
         itself has no limit, since proxies run there. For a proxy on another host, set it to what all its users need",
    ),
    Key::new(
        "listener_limit",
        Kind::Int,
        "2000",
        "How many may listen to events at a time, and never more than the limit of open files allows",
    ),
    Key::new(
        "listener_limit_per_address",
        Kind::Int,
        "500",
        "How many of one address may listen to events at a time; this host itself has no limit, since proxies run there",
    ),
    Key::new(
        "http_threads",
        Kind::Int,
        "2",
        "How many threads serve HTTP",
    ),
    Key::new(
        "upload_limit",
        Kind::Text,
        "50GiB",
        "How large an uploaded file may be, such as 500MiB",
    ),
    Key::new(
        "upload_timeout",
        Kind::Duration,
        "24h0m0s",
        "How long an upload that was cut off is kept, so that it can go on",
    ),
    Key::new(
        "reader_threads",
        Kind::Int,
        "2",
        "How many threads read the database for people who look at the farm",
    ),
    Key::new(
        "log_level",
        Kind::Text,
        "info",
        "What is logged: error, warn, info, debug, trace, or a filter",
    ),
    Key::new(
        "log_format",
        Kind::Text,
        "text",
        "How it is logged: text or json",
    ),
];

/// What is read once, when the Manager starts. All else is in force as soon as it is written.
pub const AFTER_RESTART: &[&str] = &[
    "farm",
    "database",
    "listen",
    "autodiscoverable",
    "local_manager_storage_path",
    "mqtt.client.enabled",
    "mqtt.client.broker",
    "mqtt.client.ca_file",
    "mqtt.client.clientID",
    "mqtt.client.topic_prefix",
    "mqtt.client.username",
    "mqtt.client.password",
    "request_memory_limit",
    "http_threads",
    "reader_threads",
    "log_level",
    "log_format",
];

/// What is not taken over HTTP: what says which programs run, which files are read, where the Manager listens, and what
/// the password of the MQTT broker is. The file, the environment and flags say so.
pub const NOT_OVER_HTTP: &[&str] = &[
    "database",
    "listen",
    "allowed_hosts",
    "local_manager_storage_path",
    "shared_storage_path",
    "mqtt.client.ca_file",
    "mqtt.client.username",
    "mqtt.client.password",
    "variables",
    "addon",
];

/// What the setup assistant sets while there is no shared storage.
const OF_SETUP: [&str; 2] = ["shared_storage_path", "variables"];

/// Whether a change of this key is taken over HTTP, from the setup assistant of a farm that is not set up, or otherwise.
pub(super) fn is_taken_over_http(path: &str, is_setup: bool) -> bool {
    !NOT_OVER_HTTP.contains(&path) || is_setup && OF_SETUP.contains(&path)
}

/// Whether a change of this key waits for the Manager's next start.
pub(super) fn is_after_restart(path: &str) -> bool {
    AFTER_RESTART.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_restart_is_a_key() {
        for path in AFTER_RESTART {
            assert!(KEYS.iter().any(|key| key.path == *path), "{path}");
        }
    }

    #[test]
    fn no_path_and_no_secret_is_taken_over_http() {
        for key in KEYS
            .iter()
            .filter(|key| key.kind == Kind::Path || key.secret)
        {
            assert!(!is_taken_over_http(key.path, false), "{}", key.path);
        }
        for path in NOT_OVER_HTTP {
            assert!(KEYS.iter().any(|key| key.path == *path), "{path}");
        }
        assert!(is_taken_over_http("variables", true) && !is_taken_over_http("listen", true));
    }
}
