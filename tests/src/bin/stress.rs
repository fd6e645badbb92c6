//! Plays many Workers against a Manager and prints how it did. `stress --help` says how to ask for what.
//!
//! Everything is in [`farandole_tests::stress`]; this is the program around it.

use std::io::Write;

use anyhow::Result;
use clap::Parser;
use farandole_tests::stress::{Plan, run};

fn main() -> Result<()> {
    let plan = Plan::parse();
    // One thread: players have no work that would fill two, and the Manager wants the other one.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(run(&plan))?;
    let mut out = std::io::stdout().lock();
    if plan.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{report}")?;
    }
    Ok(())
}
