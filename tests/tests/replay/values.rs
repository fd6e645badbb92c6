//! What was observed about the steps before in another way than by one request, and how it is observed again.

use serde_json::{Value, json};

use super::player::Player;
use super::recording::Kind;

/// Packets that begin well, but whose contents make no sense.
const MALFORMED: [&str; 7] = [
    "42[",
    "421[\"/subscription\",{]",
    "421[\"/subscription\"]",
    "421[\"/subscription\",{\"uuid\":1}]",
    "40",
    "3",
    "431[1]",
];

/// What is observed in a step.
pub(crate) fn observe(player: &mut Player<'_>, n: u32) -> Value {
    match (player.scenario, n) {
        ("shaman-round-trip", 14) => {
            let checkout = checkout_again(player, 12);
            json!([checkout.get(.."2026/shot-".len()), checkout.len()])
        }
        ("shaman-round-trip", 19) => {
            json!(
                player
                    .stage
                    .folder
                    .path()
                    .join("shared/jobs/2026/shot")
                    .exists()
            )
        }
        ("socketio-handshake", 6) => json!([player.listener().socket.ping()]),
        ("socketio-handshake", 25) => {
            let socket = &mut player.listener().socket;
            for packet in MALFORMED {
                socket.send(packet);
            }
            let answer = socket.ping();
            json!([answer.is_none(), answer.as_deref() == Some("3")])
        }
        (scenario, _) => panic!("nobody knows how to observe step {n} of {scenario}"),
    }
}

/// Sends the request of an earlier step, which asked for a checkout, once more. Gives the path of the checkout.
fn checkout_again(player: &mut Player<'_>, n: u32) -> String {
    let steps = player.steps;
    let step = steps.iter().find(|step| step.n == n);
    let Some(Kind::Http { request, .. }) = step.map(|step| &step.kind) else {
        panic!("step {n} has no request");
    };
    let answer = player.send(request).json();
    let path = answer["checkoutPath"].as_str();
    path.expect("a checkout has a path").to_owned()
}
