//! The farms that each command is tried on, and what it says on each of them.

use std::path::Path;
use std::process::Command;

use tempfile::{TempDir, tempdir};

use super::farm::Farm;
use super::running::Running;
use super::said::{Names, Said, client};

/// Nobody listens here.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1";

/// Each kind of farm, and none.
pub(crate) struct Farms {
    busy: Farm,
    of_another_version: Farm,
    empty: Farm,
    none: TempDir,
}

/// What a command is run on.
pub(crate) enum On<'a> {
    A(&'a mut Farm),
    Nothing(&'a Path),
}

impl On<'_> {
    /// The client, about to be run. What is not on this farm has the id 8fac.
    fn client(&self, line: &str) -> Command {
        let (line, url, folder) = match self {
            Self::A(farm) => (farm.fill(line), farm.url(), farm.folder()),
            Self::Nothing(folder) => (
                line.replace("{scene}", "shot.blend"),
                NOBODY.to_owned(),
                *folder,
            ),
        };
        let args = line.split(' ').map(|arg| arg.trim_matches('\''));
        let args: Vec<String> = args.map(or_an_unknown_id).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut client = client(&url, &args);
        client.current_dir(folder).env("BROWSER", "true");
        client
    }

    fn answer(&self, said: &Said) -> String {
        match self {
            Self::A(farm) => farm.names.answer(said),
            Self::Nothing(folder) => {
                let mut names = Names::default();
                names.add_text(&folder.to_string_lossy(), "folder");
                names.answer(said)
            }
        }
    }
}

fn or_an_unknown_id(arg: &str) -> String {
    match (arg.find('{'), arg.find('}')) {
        (Some(from), Some(to)) => format!("{}8fac{}", &arg[..from], &arg[to + 1..]),
        _ => arg.to_owned(),
    }
}

impl Farms {
    /// Starts them, with jobs of these names that wait on the busy ones.
    pub(crate) fn start(waiting: &[&str]) -> Self {
        let mut farms = Self {
            busy: Farm::busy(),
            of_another_version: Farm::of_another_version(),
            empty: Farm::empty(),
            none: tempdir().unwrap(),
        };
        std::fs::write(farms.none.path().join("shot.blend"), "BLENDER").unwrap();
        for name in waiting {
            for farm in [&mut farms.busy, &mut farms.of_another_version] {
                farm.echo(name, 1, 0, &serde_json::json!({}));
            }
        }
        farms
    }

    /// What a command says on each.
    pub(crate) fn say(&mut self, line: &str) -> String {
        self.each(line, |on| Said::from(on.client(line).output().unwrap()))
    }

    /// What a command says on each that goes on until one has seen enough.
    pub(crate) fn say_until(
        &mut self,
        line: &str,
        seen_enough: impl Fn(&mut On<'_>, &mut Running),
    ) -> String {
        self.each(line, |on| {
            let mut running = Running::start(on.client(line));
            seen_enough(on, &mut running);
            running.interrupt()
        })
    }

    fn each(&mut self, line: &str, say: impl Fn(&mut On<'_>) -> Said) -> String {
        let farms = [
            ("on a busy farm", On::A(&mut self.busy)),
            (
                "on one of another version",
                On::A(&mut self.of_another_version),
            ),
            ("on an empty one", On::A(&mut self.empty)),
            ("without a farm", On::Nothing(self.none.path())),
        ];
        let mut text = format!("$ farandole {line}\n");
        let mut before: Vec<(&str, String)> = Vec::new();
        for (name, mut on) in farms {
            let said = say(&mut on);
            let answer = on.answer(&said);
            let shown = match before.iter().find(|(_, other)| *other == answer) {
                Some((same, _)) => format!("=== {name}: as {same}\n"),
                None => format!("=== {name}\n{answer}"),
            };
            text.push_str(&shown);
            before.push((name, answer));
        }
        text
    }
}
