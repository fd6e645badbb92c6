//! The configuration in force, as those see it who look at it again and again.

use std::sync::Arc;

use tokio::sync::watch;

use super::types::Config;

/// The configuration in force. It changes by itself; what is looked at twice may differ.
#[derive(Clone, Debug)]
pub struct InForce(watch::Receiver<Arc<Config>>);

/// The one who says what is in force.
#[derive(Debug)]
pub struct Announcer(watch::Sender<Arc<Config>>);

/// A configuration that is in force, and the way to say that another one is.
pub fn in_force(config: Config) -> (Announcer, InForce) {
    let (sender, receiver) = watch::channel(Arc::new(config));
    (Announcer(sender), InForce(receiver))
}

impl InForce {
    /// As it is now.
    pub fn get(&self) -> Arc<Config> {
        Arc::clone(&self.0.borrow())
    }

    /// Waits until there is another one than at the last time. `false` when there will be none.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

impl Announcer {
    /// Says what is in force from now on.
    pub(crate) fn announce(&self, config: Config) {
        self.0.send_replace(Arc::new(config));
    }
}
