//! What a value must be beyond its type, so that nothing that is in force can harm or stop the Manager.

use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use farandole_settings::GoDuration;
use tracing_subscriber::EnvFilter;

use super::types::Config;

/// Longer than anybody waits, and short enough to be added to any date.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);
/// The largest limit of memory, in MiB: a tebibyte.
const MOST_MEBIBYTES: usize = 1 << 20;
/// The smallest limit of a task's log: some reports of a Worker have as much.
const LEAST_LOG: ByteSize = ByteSize::mib(1);
/// More connections than any host has.
const MOST_PLACES: usize = 1 << 20;
/// More threads than any host has processors.
const MOST_THREADS: usize = 1_024;

/// Says what is wrong, beginning with the key.
pub(super) fn check(config: &Config) -> Result<(), String> {
    address("listen", &config.listen)?;
    for (key, duration) in durations(config) {
        at_most("duration", key, duration)?;
    }
    if config.script_time_limit.0.is_zero() {
        return Err("script_time_limit must not be 0: no job type could be used".to_owned());
    }
    if config.task_log_limit < LEAST_LOG {
        return Err(format!("task_log_limit must be at least {LEAST_LOG}"));
    }
    let bounded = [
        (
            "script_memory_limit",
            config.script_memory_limit,
            MOST_MEBIBYTES,
        ),
        (
            "request_body_limit",
            config.request_body_limit,
            MOST_MEBIBYTES,
        ),
        (
            "request_memory_limit",
            config.request_memory_limit,
            MOST_MEBIBYTES,
        ),
        ("registration_limit", config.registration_limit, MOST_PLACES),
        (
            "connection_limit_per_address",
            config.connection_limit_per_address,
            MOST_PLACES,
        ),
        ("listener_limit", config.listener_limit, MOST_PLACES),
        (
            "listener_limit_per_address",
            config.listener_limit_per_address,
            MOST_PLACES,
        ),
        ("http_threads", config.http_threads, MOST_THREADS),
        ("reader_threads", config.reader_threads, MOST_THREADS),
    ];
    for (key, value, most) in bounded {
        if !(1..=most).contains(&value) {
            return Err(format!("{key} must be from 1 to {most}, found {value}"));
        }
    }
    let paths = [
        ("database", Some(&config.database)),
        (
            "local_manager_storage_path",
            Some(&config.local_manager_storage_path),
        ),
        ("shared_storage_path", config.shared_storage_path.as_ref()),
        ("addon", config.addon.as_ref()),
        ("mqtt.client.ca_file", config.mqtt.client.ca_file.as_ref()),
    ];
    for (key, path) in paths {
        path.map_or(Ok(()), |path| no_nul(key, path))?;
    }
    EnvFilter::try_new(&config.log_level).map_err(|error| format!("log_level: {error}"))?;
    findings(config)?;
    variables(config)
}

fn findings(config: &Config) -> Result<(), String> {
    let fixed = config.findings.iter().find(|class| !class.can_be_allowed());
    fixed.map_or(Ok(()), |class| {
        Err(format!(
            "findings: {class} cannot be a warning: a frame that is missing or not whole is never completed"
        ))
    })
}

fn durations(config: &Config) -> [(&'static str, GoDuration); 9] {
    [
        ("database_check_period", config.database_check_period),
        (
            "shaman.garbageCollect.period",
            config.shaman.garbage_collect.period,
        ),
        (
            "shaman.garbageCollect.maxAge",
            config.shaman.garbage_collect.max_age,
        ),
        ("task_timeout", config.task_timeout),
        ("worker_timeout", config.worker_timeout),
        ("ephemeral_worker_timeout", config.ephemeral_worker_timeout),
        ("script_time_limit", config.script_time_limit),
        ("upload_timeout", config.upload_timeout),
        ("registration_timeout", config.registration_timeout),
    ]
}

fn at_most(what: &str, key: &str, duration: GoDuration) -> Result<(), String> {
    if duration.0 > LONGEST {
        return Err(format!(
            "{key}: no {what} may be longer than a hundred years"
        ));
    }
    Ok(())
}

/// `host:port`, or `:port`.
fn address(key: &str, text: &str) -> Result<(), String> {
    let parts = text.rsplit_once(':');
    let port = parts.and_then(|(_, port)| port.parse::<u16>().ok());
    let host = parts.map_or("", |(host, _)| host);
    let is_six = host.starts_with('[') && host.ends_with(']');
    let is_host =
        is_six || !host.contains([':', '[', ']', '/', '\0']) && !host.contains(char::is_whitespace);
    if port.is_some() && is_host {
        return Ok(());
    }
    Err(format!(
        "{key} must be host:port, or :port for all addresses of this host, found {text:?}"
    ))
}

fn no_nul(key: &str, path: &Path) -> Result<(), String> {
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(format!("{key}: no path can hold the character NUL"));
    }
    Ok(())
}

fn variables(config: &Config) -> Result<(), String> {
    let unusable = |name: &&String| name.is_empty() || name.contains(['{', '}']);
    match config.variables.keys().find(unusable) {
        Some(name) => Err(format!("variables: {name:?} cannot be a variable's name")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Variable;

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Config), key: &str) {
        let mut config = Config::default();
        change(&mut config);
        let reason = check(&config).unwrap_err();
        assert!(reason.starts_with(key), "{reason}");
    }

    #[test]
    fn what_would_stop_or_harm_the_manager_is_refused_by_its_key() {
        assert_eq!(check(&Config::default()), Ok(()));
        refused(|it| it.http_threads = 0, "http_threads");
        refused(
            |it| it.request_body_limit = usize::MAX,
            "request_body_limit",
        );
        refused(
            |it| it.script_time_limit = GoDuration::default(),
            "script_time_limit",
        );
        refused(
            |it| it.task_timeout = GoDuration(Duration::MAX),
            "task_timeout",
        );
        refused(|it| it.database = "a\0b".into(), "database");
        refused(|it| it.log_level = "a=b=c".to_owned(), "log_level");
        refused(
            |it| drop(it.variables.insert("{".to_owned(), Variable::default())),
            "variables",
        );
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for fine in [":8080", "localhost:1", "0.0.0.0:65535", "[::1]:0"] {
            assert_eq!(address("listen", fine), Ok(()));
        }
        for wrong in [
            "",
            "8080",
            ":x",
            ":65536",
            "::1:80",
            "a b:80",
            "http://x:80",
        ] {
            assert!(address("listen", wrong).is_err(), "{wrong}");
        }
    }
}
