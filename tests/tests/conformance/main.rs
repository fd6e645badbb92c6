//! Every operation of the contract × its codes, provoked over HTTP, and the bodies looked at by the contract's schemas.
//!
//! - `table.yaml`: how each code is provoked, or why it never is; `table.rs` reads it.
//! - `contract.rs`: which codes there are, and whether an answer is as the contract says.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

mod contract;
mod table;

use farandole_tests::wire::Stage;

use crate::contract::Contract;
use crate::table::{Case, request, table};

/// A farm whose files are all in one folder.
const CONFIGURATION: &str = "\
_meta:
  version: 3
manager_name: Test Farm
listen: 127.0.0.1:{port}
autodiscoverable: false
local_manager_storage_path: {dir}/local
";
/// What a farm has that is set up.
const SET_UP: &str = "shared_storage_path: {dir}/shared\n";
/// The operation that is for a farm that is not set up yet.
const SETUP: &str = "saveSetupAssistantConfig";

/// Provokes all codes of some operations, each on a Manager of its own.
fn provoke(operations: &[&str]) {
    let (contract, table) = (Contract::read(), table());
    let mut wrong = Vec::new();
    for operation in operations {
        let set_up = if *operation == SETUP { "" } else { SET_UP };
        let mut stage = Stage::with(&format!("{CONFIGURATION}{set_up}"));
        for (code, cases) in &table[*operation] {
            for case in cases {
                let (lines, text) = match case {
                    Case::Request(text) => (&[][..], text),
                    Case::After { after, request } => (after.as_slice(), request),
                    Case::Never { .. } => continue,
                };
                for line in lines {
                    stage.carry_out(line);
                }
                let request = request(&mut stage, text);
                let answer = stage.send(&request);
                let mut faults = contract.faults(operation, &answer);
                if answer.status != *code {
                    faults = vec![format!("got {} {}", answer.status, answer.text())];
                }
                wrong.extend(
                    faults
                        .iter()
                        .map(|fault| format!("  {operation} {code}: {text}\n    {fault}")),
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers are not of the contract\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

macro_rules! operations {
    ($($test:ident: $($operation:ident)+;)+) => {
        const PROVOKED: &[&str] = &[$($(stringify!($operation)),+),+];
        $(
            #[test]
            fn $test() {
                provoke(&[$(stringify!($operation)),+]);
            }
        )+
    };
}

operations! {
    about_the_manager: getVersion getConfiguration getVariables getSharedStorage getFarmStatus;
    about_its_configuration: getConfigurationFile updateConfigurationFile saveSetupAssistantConfig;
    about_storage_and_blender: checkSharedStoragePath findBlenderExePath checkBlenderExePath;
    by_workers_coming_and_going: registerWorker signOn signOff workerState workerStateChanged;
    by_workers_at_work: scheduleTask taskUpdate mayWorkerRun taskOutputProduced;
    about_workers: fetchWorkers fetchWorker deleteWorker requestWorkerStatusChange;
    about_tags: setWorkerTags fetchWorkerTags createWorkerTag fetchWorkerTag updateWorkerTag deleteWorkerTag;
    about_sleep: fetchWorkerSleepSchedule setWorkerSleepSchedule;
    about_job_types_and_submission: getJobTypes getJobType submitJob submitJobCheck;
    about_jobs: fetchJobs fetchJob fetchJobTasks fetchJobLastRenderedInfo fetchGlobalLastRenderedInfo;
    about_changes_of_jobs: setJobStatus setJobPriority setJobTag fetchJobBlocklist removeJobBlocklist;
    about_deletion: deleteJob deleteJobMass deleteJobWhatWouldItDo;
    about_tasks: fetchTask fetchTaskLogInfo fetchTaskLogTail setTaskStatus;
    about_shaman: shamanCheckoutRequirements shamanCheckout shamanFileStoreCheck shamanFileStore;
}

#[test]
fn every_code_of_the_contract_is_provoked_or_never_sent_for_a_reason() {
    let (contract, table) = (Contract::read(), table());
    let mut provoked: Vec<String> = PROVOKED.iter().map(|&name| name.to_owned()).collect();
    provoked.sort();
    assert_eq!(provoked, contract.operations());
    let mut missing = Vec::new();
    for operation in contract.operations() {
        let cases = &table[&operation];
        for code in contract.codes(&operation) {
            let is_there = match code.parse::<u16>() {
                Ok(code) => cases.contains_key(&code),
                Err(_) => cases.keys().any(|code| *code >= 400),
            };
            if !is_there {
                missing.push(format!("{operation} {code}"));
            }
        }
        for case in cases.values().flatten() {
            assert!(
                !matches!(case, Case::Never { never } if never.len() < 20),
                "{operation}: no reason"
            );
        }
    }
    assert!(missing.is_empty(), "the table says nothing of {missing:?}");
}
