//! How the farm comes into memory: at the start, and again after a commit that failed.

use std::time::Duration;

use crate::ask::AskError;
use crate::farm::image::FarmImage;
use crate::store::{EndProbe, LoadFarm, Probe, Store, StoreError};

/// The pauses between attempts to recover.
const RECOVERY_PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(10),
];

/// Reads the farm, as soon as the store can be written to.
pub(super) async fn recover(store: Store, generation: u64) -> FarmImage {
    let mut pauses = RECOVERY_PAUSES.into_iter();
    let mut pause = RECOVERY_PAUSES[0];
    let mut said = String::new();
    loop {
        match probe(&store).await {
            Ok(Ok(())) => match store.begin_generation(LoadFarm { generation }).await {
                Ok(Ok(image)) => return image,
                Ok(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cannot read the farm"
                ),
                Err(error) => tracing::error!(%error, "cannot read the farm"),
            },
            Ok(Err(error)) => {
                // The same trouble is told once.
                let reason = error.to_string();
                if reason != said {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the database cannot be written to"
                    );
                    said = reason;
                }
            }
            Err(error) => tracing::error!(%error, "the database cannot be written to"),
        }
        pause = pauses.next().unwrap_or(pause);
        tokio::time::sleep(pause).await;
    }
}

/// Finds out whether there is room to write.
async fn probe(store: &Store) -> Result<Result<(), StoreError>, AskError> {
    match store.write(Probe).await {
        Ok(Ok(())) => store.write(EndProbe).await,
        refused => refused,
    }
}
