//! Plays many Workers against a Manager and prints how it did. `stress --help` says how to ask for what.
//!
//! Everything is in [`farandole_tests::stress`]; this is the program around it.

use std::io::{Write, stdout};

use anyhow::Result;
use clap::Parser;
use farandole_tests::stress::{Plan, Report, kept_rate, run};

fn main() -> Result<()> {
    let plan = Plan::parse();
    // One thread: players have no work that would fill two, and the Manager wants the other one.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let measure = |plan: &Plan| -> Result<Report> {
        let report = runtime.block_on(run(plan))?;
        show(plan, &report)?;
        Ok(report)
    };
    if plan.turns == 0 {
        measure(&plan)?;
        return Ok(());
    }
    let (mut quiet, mut disturbed) = (Vec::new(), Vec::new());
    for _ in 0..plan.turns {
        quiet.push(measure(&plan.undisturbed())?);
        disturbed.push(measure(&plan)?);
    }
    let kept = 100.0 * kept_rate(&quiet, &disturbed);
    writeln!(
        stdout().lock(),
        "among strangers the Workers keep {kept:.0} % of their rate (medians)"
    )?;
    Ok(())
}

fn show(plan: &Plan, report: &Report) -> Result<()> {
    let mut out = stdout().lock();
    if plan.json {
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{report}\n")?;
    }
    Ok(())
}
