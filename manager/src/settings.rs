//! Settings: the configuration in force, and what follows from it: variables, the storage's place, the Manager's name.
//!
//! The configuration was read and checked once, in `main`. It asks nobody.

use std::collections::HashMap;
use std::rc::Rc;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{
    Command, FlamencoVersion, ManagerConfiguration, ManagerVariableAudience, ManagerVariables,
    SharedStorageLocation, SubmittedJob,
};

use crate::ask::{Ask, Order};
use crate::config::Config;
use crate::variables::{Resolver, Variables};

/// Every hand-out passes here.
const MAILBOX: usize = 16_384;
/// So many platforms are remembered; there are a handful, but a Worker can claim any.
const PLATFORMS: usize = 64;
/// The version that is told to clients which compare it with the reference's.
const COMPATIBLE_VERSION: &str = "3.8.5";

/// A task's commands, with variables resolved for a Worker's platform. From Handout.
#[derive(Clone, Debug)]
pub struct ResolveCommands {
    /// The commands as they are stored.
    pub commands: Vec<Command>,
    /// The Worker's platform.
    pub platform: String,
}

impl Order for ResolveCommands {
    type Reply = Vec<Command>;
}

/// A path of a job's, as this host sees it. From JobOutput.
#[derive(Clone, Debug)]
pub struct ResolvePath(pub String);

impl Order for ResolvePath {
    type Reply = String;
}

/// A submitted job whose paths are replaced by variables. From JobIntake.
#[derive(Clone, Debug)]
pub struct NameFolders(pub SubmittedJob);

impl Order for NameFolders {
    type Reply = SubmittedJob;
}

/// The Manager's version and name. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindVersion;

impl Order for FindVersion {
    type Reply = FlamencoVersion;
}

/// What the Manager says of its configuration. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindConfiguration;

impl Order for FindConfiguration {
    type Reply = ManagerConfiguration;
}

/// The variables for somebody. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct FindVariables {
    /// For whom.
    pub audience: ManagerVariableAudience,
    /// On which platform.
    pub platform: String,
}

impl Order for FindVariables {
    type Reply = ManagerVariables;
}

/// Where the shared storage is for somebody. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct FindSharedStorage {
    /// For whom.
    pub audience: ManagerVariableAudience,
    /// On which platform.
    pub platform: String,
}

impl Order for FindSharedStorage {
    type Reply = SharedStorageLocation;
}

/// See the [module](self).
#[derive(Debug)]
pub struct Settings {
    config: Config,
    variables: Variables,
    for_workers: HashMap<String, Rc<Resolver>>,
}

impl Settings {
    /// The configuration, as it was read.
    pub fn new(config: Config) -> Self {
        let storage = config.storage_location().to_string_lossy().into_owned();
        let variables = Variables::new(config.variables.clone(), storage, platform().to_owned());
        Self {
            config,
            variables,
            for_workers: HashMap::new(),
        }
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

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Ask<ResolveCommands>> for Settings {
    type Result = ();

    fn handle(&mut self, ask: Ask<ResolveCommands>, _: &mut Context<Self>) {
        let ResolveCommands {
            mut commands,
            platform,
        } = ask.order;
        self.resolver(&platform).commands(&mut commands);
        ask.reply.answer(commands);
    }
}

impl Handler<Ask<ResolvePath>> for Settings {
    type Result = ();

    fn handle(&mut self, ask: Ask<ResolvePath>, _: &mut Context<Self>) {
        let ResolvePath(path) = ask.order;
        ask.reply.answer(self.resolver(platform()).text(&path));
    }
}

impl Handler<Ask<NameFolders>> for Settings {
    type Result = ();

    fn handle(&mut self, ask: Ask<NameFolders>, _: &mut Context<Self>) {
        let NameFolders(mut submitted) = ask.order;
        self.variables.name_folders(&mut submitted);
        ask.reply.answer(submitted);
    }
}

impl Handler<Ask<FindVersion>> for Settings {
    type Result = ();

    fn handle(&mut self, ask: Ask<FindVersion>, _: &mut Context<Self>) {
        ask.reply.answer(FlamencoVersion {
            version: format!(
                "{COMPATIBLE_VERSION} (Farandole {})",
                env!("CARGO_PKG_VERSION")
            ),
            shortversion: COMPATIBLE_VERSION.to_owned(),
            name: self.config.manager_name.clone(),
            git: format!("farandole-{}", env!("CARGO_PKG_VERSION")),
        });
    }
}

impl Handler<Ask<FindConfiguration>> for Settings {
    type Result = ();

    fn handle(&mut self, ask: Ask<FindConfiguration>, _: &mut Context<Self>) {
        ask.reply.answer(ManagerConfiguration {
            storage_location: self
                .config
                .storage_location()
                .to_string_lossy()
                .into_owned(),
            shaman_enabled: self.config.shaman_enabled(),
            is_first_run: self.config.is_first_run(),
        });
    }
}

impl Handler<Ask<FindVariables>> for Settings {
    type Result = ();

    fn handle(&mut self, ask: Ask<FindVariables>, _: &mut Context<Self>) {
        let FindVariables { audience, platform } = ask.order;
        ask.reply.answer(self.variables.shown(audience, &platform));
    }
}

impl Handler<Ask<FindSharedStorage>> for Settings {
    type Result = ();

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
