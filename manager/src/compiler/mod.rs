//! The Compiler: makes jobs out of submissions, by running the scripts that define job types.
//!
//! Its one job is to know which job types there are and to run their JavaScript, bounded in time and memory and apart
//! from everything else. It stores nothing, knows no Worker and asks nobody. The intake asks it for jobs, the HTTP edge
//! for job types; both through the counted [`Front`](crate::ask::Front) that [`Compiler::start`] gives.
//!
//! From outside to inside: the actor's threads hand orders to an engine, a process of this program in which the
//! workshop finds the script, opens a session (an engine with its budget) for it, and harvests the job that the script
//! leaves. What scripts can call is in the prelude, written in JavaScript, and in the host functions below it; the
//! rules behind those are pure.

mod messages;

mod actor;
mod child;
mod engine;
mod scripts;
mod serve;
mod wire;
mod workshop;

mod budget;
mod harvest;
mod host;
mod session;
mod values;

mod etag;
mod frames;
mod graph;
mod job_type;
mod paths;
mod settings;

#[cfg(test)]
mod tests;

pub use actor::{Compiler, CompilerOptions, Lane};
pub use child::ScriptRunner;
pub use messages::{CompileError, CompileJob, CompiledJob, CompiledTask, GetJobType, ListJobTypes};
pub use serve::{RUN_SCRIPTS, run_scripts};
