//! Pure: what a program can be told, and under which names.

/// What kind of value a key takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A path; a relative one is relative to the data directory.
    Path,
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A duration such as `1m30s`.
    Duration,
    /// A list of texts.
    List,
    /// Something larger, in YAML.
    Yaml,
}

impl Kind {
    /// In words, for messages.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Path => "a path",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Duration => "a duration such as 90s, 1m30s or 24h",
            Self::List => "a list, or texts with commas between them",
            Self::Yaml => "YAML",
        }
    }

    /// The placeholder in `--help`.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Path => "PATH",
            Self::Bool => "BOOL",
            Self::Int => "N",
            Self::Duration => "DURATION",
            Self::List => "LIST",
            Self::Yaml => "YAML",
        }
    }
}

/// One thing that a program can be told.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its place in the file, with dots between the levels.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for, in a sentence.
    pub help: &'static str,
    /// What holds without it, as shown to people.
    pub default: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
}

impl Key {
    /// A key that is no secret.
    pub const fn new(
        path: &'static str,
        kind: Kind,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            path,
            kind,
            help,
            default,
            secret: false,
        }
    }

    /// The same, never shown.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// Its flag, without the dashes before it.
    pub fn flag(&self) -> String {
        if self.path == "manager_url" {
            return "manager".to_owned();
        }
        words(self.path).join("-")
    }

    /// Its variable.
    pub fn variable(&self) -> String {
        if self.path == "manager_url" {
            return "FARANDOLE_MANAGER".to_owned();
        }
        format!("FARANDOLE_{}", words(self.path).join("_").to_uppercase())
    }
}

/// The words of a path: parted by dots, underscores and capitals.
fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_capital = false;
    for c in path.chars() {
        let begins = c == '.' || c == '_' || (c.is_uppercase() && !after_capital);
        if begins {
            words.push(String::new());
        }
        after_capital = c.is_uppercase();
        if let Some(word) = words.last_mut()
            && c.is_alphanumeric()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A program that is configured.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it can be told.
    pub keys: &'static [Key],
    /// The names of its file in the data directory; the first that exists is read.
    pub files: &'static [&'static str],
    /// Flags without a value that ask for something to be done, with what they do.
    pub actions: &'static [(&'static str, &'static str)],
    /// Shown after the flags.
    pub examples: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &'static str, flag: &str, variable: &str) {
        let key = Key::new(path, Kind::Text, "", "");
        assert_eq!(
            (key.flag().as_str(), key.variable().as_str()),
            (flag, variable)
        );
    }

    #[test]
    fn names_follow_the_key() {
        check(
            "shaman.enabled",
            "shaman-enabled",
            "FARANDOLE_SHAMAN_ENABLED",
        );
        check(
            "shaman.garbageCollect.maxAge",
            "shaman-garbage-collect-max-age",
            "FARANDOLE_SHAMAN_GARBAGE_COLLECT_MAX_AGE",
        );
        check(
            "mqtt.client.clientID",
            "mqtt-client-client-id",
            "FARANDOLE_MQTT_CLIENT_CLIENT_ID",
        );
        check("manager_name", "manager-name", "FARANDOLE_MANAGER_NAME");
        check("manager_url", "manager", "FARANDOLE_MANAGER");
        check("listen", "listen", "FARANDOLE_LISTEN");
    }
}
