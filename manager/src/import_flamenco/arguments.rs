//! Pure: what stands behind `import-flamenco` on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// What is told about it.
pub(super) const HELP: &str = "\
Take over the database and the configuration of a Flamenco Manager.

Usage: farandole-manager import-flamenco FILE [OPTIONS] [SETTINGS]

FILE is the database, usually flamenco-manager.sqlite. It is only read; stop the Flamenco Manager first.

Options:
      --flamenco-config <FILE>  Its configuration [default: flamenco-manager.yaml beside the database, if there is one]
      --merge                   Add to a farm that has jobs or Workers already; what is there stays as it is
  -h, --help                    Print this

All settings of farandole-manager can be given as well, such as --data-dir: see farandole-manager --help.
";

/// What is wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Arguments {
    /// The database.
    pub(super) file: PathBuf,
    /// The configuration, if it is not beside the database.
    pub(super) config: Option<PathBuf>,
    /// Whether ours may have something in it.
    pub(super) merge: bool,
    /// The settings of our own.
    pub(super) settings: Vec<OsString>,
}

/// Reads them; `None` if help is wanted.
pub(super) fn read(args: &[OsString]) -> Result<Option<Arguments>, String> {
    const CONFIG: &str = "--flamenco-config";
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        return Ok(None);
    }
    let mut args = args.iter();
    let file = args
        .next()
        .filter(|arg| !arg.to_string_lossy().starts_with('-'));
    let file =
        file.ok_or("name the database of the Flamenco Manager first, as in import-flamenco FILE")?;
    let mut read = Arguments {
        file: file.into(),
        ..Arguments::default()
    };
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        if text == "--merge" {
            read.merge = true;
        } else if text == CONFIG {
            let value = args.next();
            let value = value.ok_or("--flamenco-config needs the name of a file")?;
            read.config = Some(value.into());
        } else if let Some(value) = text.strip_prefix("--flamenco-config=") {
            read.config = Some(value.into());
        } else {
            read.settings.push(arg.clone());
        }
    }
    Ok(Some(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Result<Option<Arguments>, String> {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        read(&args)
    }

    #[test]
    fn settings_of_our_own_are_passed_on() {
        let expected = Arguments {
            file: "x.sqlite".into(),
            config: Some("x.yaml".into()),
            merge: true,
            settings: ["--data-dir", "/data", "--listen=:1"]
                .map(OsString::from)
                .to_vec(),
        };
        for config in [
            &["--flamenco-config", "x.yaml"][..],
            &["--flamenco-config=x.yaml"],
        ] {
            let args = [
                &["x.sqlite", "--data-dir", "/data"],
                config,
                &["--merge", "--listen=:1"],
            ];
            assert_eq!(of(&args.concat()), Ok(Some(expected.clone())));
        }
    }

    #[test]
    fn help_is_given_and_nonsense_refused() {
        assert_eq!(of(&["x", "--help"]), Ok(None));
        for args in [&[][..], &["--merge", "x"], &["x", "--flamenco-config"]] {
            assert!(of(args).is_err(), "{args:?}");
        }
    }
}
