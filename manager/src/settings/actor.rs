//! The shell: holds what is in force, has changes made on a thread for such work, and tells those concerned.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::rc::Rc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use actix_web::web;
use farandole_protocol::api::{
    ExpectedProgram, FlamencoVersion, ManagerConfiguration, ManagerVariableAudience,
    SharedStorageLocation,
};
use farandole_settings::Loaded;
use serde_json::{Map, Value};
use tracing::instrument;

use super::messages::{
    ChangeSettings, FindAllSettings, FindAllowed, FindConfiguration, FindPrivatePath,
    FindSharedStorage, FindVariables, FindVersion, FindWorkerPrograms, NameFolders, NameOutputs,
    ResolvePath, ResolveTask, SaveSetup, ShowPaths, ThresholdsChanged, WorkerPrograms,
};
use super::{setup, version};
use crate::ask::{Ask, AskError, Front, ReplyTo, TellTo};
use crate::config::{self, Announcer, Aside, Config, KeyChange, Sender, UpdateError, Updated};
use crate::variables::{Resolver, Variables};

/// Every hand-out passes here.
const MAILBOX: usize = 16_384;
/// So many platforms are remembered; there are a handful, but a Worker can claim any.
const PLATFORMS: usize = 64;
/// So many changes may wait for the one that is being written: people make them, one at a time.
const WAITING_CHANGES: usize = 16;

/// Settings as it begins.
#[derive(Debug)]
pub struct SettingsParts {
    /// What is in force.
    pub config: Config,
    /// Where that comes from.
    pub loaded: Loaded,
    /// How others see what is in force.
    pub announcer: Announcer,
    /// Who has to be told of other limits.
    pub thresholds: TellTo<ThresholdsChanged>,
}

/// A change that waits for its turn.
#[derive(Debug)]
struct Change {
    sent: Map<String, Value>,
    sender: Sender,
    peer: String,
    reply: ReplyTo<Result<Aside, UpdateError>>,
}

/// See the [module](super).
#[derive(Debug)]
pub struct Settings {
    config: Config,
    loaded: Loaded,
    announcer: Announcer,
    thresholds: TellTo<ThresholdsChanged>,
    variables: Variables,
    for_workers: HashMap<String, Rc<Resolver>>,
    is_changing: bool,
    changes: VecDeque<Change>,
}

impl Settings {
    /// The configuration, as it was read.
    pub fn new(parts: SettingsParts) -> Self {
        Self {
            variables: variables(&parts.config, &parts.loaded),
            config: parts.config,
            loaded: parts.loaded,
            announcer: parts.announcer,
            thresholds: parts.thresholds,
            for_workers: HashMap::new(),
            is_changing: false,
            changes: VecDeque::new(),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    fn resolver(&mut self, platform: &str) -> Rc<Resolver> {
        if let Some(resolver) = self.for_workers.get(platform) {
            return Rc::clone(resolver);
        }
        let resolver = Rc::new(
            self.variables
                .resolver(ManagerVariableAudience::Workers, platform),
        );
        if self.for_workers.len() < PLATFORMS {
            self.for_workers
                .insert(platform.to_owned(), Rc::clone(&resolver));
        }
        resolver
    }

    /// Changes are made one after the other: each is merged into what the one before has left.
    fn change(&mut self, change: Change, ctx: &mut Context<Self>) {
        if self.changes.len() >= WAITING_CHANGES {
            return change.reply.refuse(AskError::Busy);
        }
        self.changes.push_back(change);
        self.make_next_change(ctx);
    }

    fn make_next_change(&mut self, ctx: &mut Context<Self>) {
        if self.is_changing {
            return;
        }
        let Some(Change {
            sent,
            sender,
            peer,
            reply,
        }) = self.changes.pop_front()
        else {
            return;
        };
        self.is_changing = true;
        let (in_force, loaded) = (self.config.clone(), self.loaded.clone());
        let work = web::block(move || config::update(sent, sender, &in_force, &loaded));
        // One at a time, so that a future of the actor's own costs nothing.
        ctx.spawn(work.into_actor(self).map(move |made, this, ctx| {
            this.is_changing = false;
            match made {
                Ok(made) => reply.answer(made.map(|updated| this.take_up(updated, &peer))),
                Err(_) => reply.refuse(AskError::Stopped),
            }
            this.make_next_change(ctx);
        }));
    }

    fn take_up(&mut self, updated: Updated, peer: &str) -> Aside {
        let Updated {
            config,
            loaded,
            changes,
            aside,
        } = updated;
        for KeyChange { key, old, new } in changes {
            tracing::info!(peer, config.key = key, config.old = %old, config.new = %new, "a setting was changed");
        }
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        tracing::info!(
            peer,
            config.after_restart = aside.after_restart.join(", "),
            config.overridden = aside.overridden.join(", "),
            config.unknown = aside.unknown.join(", "),
            "the configuration was changed"
        );
        self.variables = variables(&config, &loaded);
        self.for_workers.clear();
        self.loaded = loaded;
        let before = mem::replace(&mut self.config, config.clone());
        if before.thresholds() != config.thresholds() {
            self.thresholds.tell(ThresholdsChanged(config.thresholds()));
        }
        self.announcer.announce(config);
        aside
    }
}

fn variables(config: &Config, loaded: &Loaded) -> Variables {
    let storage = storage_location(config, loaded);
    Variables::new(config.variables.clone(), storage, platform().to_owned())
}

/// Never empty, as clients want it: before the farm is set up it is the data directory.
fn storage_location(config: &Config, loaded: &Loaded) -> String {
    let mut location = config.storage_location();
    if location.is_relative() {
        location = loaded
            .data_dir
            .components()
            .chain(location.components())
            .collect();
    }
    location.to_string_lossy().into_owned()
}

/// This host's platform, by the name that Go gives it.
fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

impl Actor for Settings {
    type Context = Context<Self>;
}

impl Handler<Ask<ResolveTask>> for Settings {
    type Result = ();

    #[instrument(name = "settings.resolve_task", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<ResolveTask>, _: &mut Context<Self>) {
        let ResolveTask {
            mut commands,
            mut outputs,
            platform: theirs,
        } = ask.order;
        let resolver = self.resolver(theirs.as_deref().unwrap_or(platform()));
        resolver.commands(&mut commands);
        for output in &mut outputs {
            output.path = resolver.text(&output.path);
        }
        ask.reply.answer((commands, outputs));
    }
}

impl Handler<Ask<NameOutputs>> for Settings {
    type Result = ();

    #[instrument(name = "settings.name_outputs", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<NameOutputs>, _: &mut Context<Self>) {
        let NameOutputs {
            mut outputs,
            platform,
        } = ask.order;
        for output in &mut outputs {
            if let Some(named) = self.variables.named(&output.path, &platform) {
                output.path = named;
            }
        }
        ask.reply.answer(outputs);
    }
}

impl Handler<Ask<ResolvePath>> for Settings {
    type Result = ();

    #[instrument(name = "settings.resolve_path", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<ResolvePath>, _: &mut Context<Self>) {
        let ResolvePath(path) = ask.order;
        ask.reply.answer(self.resolver(platform()).text(&path));
    }
}

impl Handler<Ask<ShowPaths>> for Settings {
    type Result = ();

    #[instrument(name = "settings.show_paths", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<ShowPaths>, _: &mut Context<Self>) {
        let ShowPaths { paths, platform } = ask.order;
        ask.reply
            .answer(self.variables.shown_paths(paths, &platform));
    }
}

impl Handler<Ask<NameFolders>> for Settings {
    type Result = ();

    #[instrument(name = "settings.name_folders", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<NameFolders>, _: &mut Context<Self>) {
        let NameFolders(mut submitted) = ask.order;
        self.variables.name_folders(&mut submitted);
        ask.reply.answer(submitted);
    }
}

impl Handler<Ask<FindWorkerPrograms>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_worker_programs", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindWorkerPrograms>, _: &mut Context<Self>) {
        let platform = &ask.order.platform;
        let programs = self.variables.programs(platform).into_iter();
        let programs = programs.map(|(name, command)| ExpectedProgram {
            name: name.to_owned(),
            command,
        });
        let root = self.config.shared_storage_path.clone();
        let resolver = self.resolver(platform);
        let storage = root.map(|root| resolver.text(&root.to_string_lossy()));
        ask.reply.answer(WorkerPrograms {
            programs: programs.collect(),
            storage,
        });
    }
}

impl Handler<Ask<FindPrivatePath>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_private_path", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindPrivatePath>, _: &mut Context<Self>) {
        let FindPrivatePath(paths) = ask.order;
        let root = self.config.shared_storage_path.as_deref();
        let mut private = paths
            .into_iter()
            .filter(|path| !self.variables.is_shared(path, root));
        ask.reply.answer(private.next());
    }
}

impl Handler<Ask<FindAllowed>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_allowed", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindAllowed>, _: &mut Context<Self>) {
        ask.reply.answer(self.config.findings.clone());
    }
}

impl Handler<Ask<FindVersion>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_version", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindVersion>, _: &mut Context<Self>) {
        let user_agent = ask.order.user_agent.as_deref().unwrap_or_default();
        let compatible = version::compatible(&self.config.compatible_version, user_agent);
        ask.reply.answer(FlamencoVersion {
            version: format!("{compatible} (Farandole {})", env!("CARGO_PKG_VERSION")),
            shortversion: compatible.to_owned(),
            name: self.config.manager_name.clone(),
            git: format!("farandole-{}", env!("CARGO_PKG_VERSION")),
        });
    }
}

impl Handler<Ask<FindConfiguration>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_configuration", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindConfiguration>, _: &mut Context<Self>) {
        ask.reply.answer(ManagerConfiguration {
            storage_location: storage_location(&self.config, &self.loaded),
            shaman_enabled: self.config.shaman_enabled(),
            is_first_run: self.config.is_first_run(),
        });
    }
}

impl Handler<Ask<FindVariables>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_variables", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindVariables>, _: &mut Context<Self>) {
        let FindVariables { audience, platform } = ask.order;
        ask.reply.answer(self.variables.shown(audience, &platform));
    }
}

impl Handler<Ask<FindSharedStorage>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_shared_storage", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindSharedStorage>, _: &mut Context<Self>) {
        let FindSharedStorage { audience, platform } = ask.order;
        let location = self.variables.storage_location(audience, &platform);
        let shaman_enabled = self.config.shaman_enabled();
        ask.reply.answer(SharedStorageLocation {
            location,
            audience,
            platform,
            shaman_enabled,
        });
    }
}

impl Handler<Ask<FindAllSettings>> for Settings {
    type Result = ();

    #[instrument(name = "settings.find_all_settings", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindAllSettings>, _: &mut Context<Self>) {
        ask.reply.answer(self.config.shown());
    }
}

impl Handler<Ask<ChangeSettings>> for Settings {
    type Result = ();

    #[instrument(name = "settings.change_settings", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<ChangeSettings>, ctx: &mut Context<Self>) {
        let ChangeSettings { sent, peer } = ask.order;
        let change = Change {
            sent,
            sender: Sender::Client,
            peer,
            reply: ask.reply,
        };
        self.change(change, ctx);
    }
}

impl Handler<Ask<SaveSetup>> for Settings {
    type Result = ();

    #[instrument(name = "settings.save_setup", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<SaveSetup>, ctx: &mut Context<Self>) {
        let SaveSetup { gathered, peer } = ask.order;
        let reply = ask.reply;
        match setup::change(gathered, &self.config.variables) {
            Ok(sent) => {
                let sender = Sender::SetupAssistant;
                let change = Change {
                    sent,
                    sender,
                    peer,
                    reply,
                };
                self.change(change, ctx);
            }
            Err(missing) => {
                let text = format!("the configuration is incomplete: {missing}");
                reply.answer(Err(UpdateError::Unusable(text)));
            }
        }
    }
}
