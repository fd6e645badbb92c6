//! Pure: the proof of a Manager that it knows the secret of a Worker, without the secret being sent.
//!
//! A Manager keeps the SHA-256 of a salt and the secret. That digest is the key of an HMAC-SHA-256 over a random number
//! of the Worker's, so that no answer can be used twice, over the Manager's id, and over the address at which the
//! Manager was reached, so that a Worker that has searched the network sees when the answer was fetched from another
//! Manager. Only secrets that were drawn at random are proved: a proof lets its reader try out guesses.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::api::{IdentityQuestion, ManagerIdentity, ManagerProof};

/// What every proof begins with, so that it can be used for nothing else.
const PURPOSE: &str = "farandole manager proof";
/// The hexadecimal digits of a nonce, a digest and a proof.
const DIGITS: usize = 64;
/// The hexadecimal digits of a salt.
const SALT_DIGITS: usize = 32;

/// Whether this is a nonce that a proof is made for.
pub fn is_nonce(nonce: &str) -> bool {
    is_hex(nonce, DIGITS)
}

/// What a Manager keeps of a random secret: the digest of the salt's digits and the secret.
pub fn digest(salt: &str, secret: &str) -> String {
    let digest = Sha256::new().chain_update(salt).chain_update(secret);
    HEXLOWER.encode(&digest.finalize())
}

/// The proof of the Manager with this id, which has this digest of the Worker's secret, and was reached at this
/// address.
pub fn prove(
    question: &IdentityQuestion,
    instance: &str,
    (salt, digest): (&str, &str),
    address: &str,
) -> ManagerProof {
    ManagerProof {
        salt: salt.to_owned(),
        address: address.to_owned(),
        mac: HEXLOWER.encode(
            &mac(question, instance, digest, address)
                .finalize()
                .into_bytes(),
        ),
    }
}

/// Whether the answer to the question proves that the Manager knows the secret. `address` is where the Manager was
/// reached; without one it may be anywhere.
pub fn is_proved(
    question: &IdentityQuestion,
    answer: &ManagerIdentity,
    secret: &str,
    address: Option<&str>,
) -> bool {
    let Some(proof) = &answer.proof else {
        return false;
    };
    let is_elsewhere = address.is_some_and(|address| address != proof.address);
    if is_elsewhere || !is_hex(&proof.salt, SALT_DIGITS) {
        return false;
    }
    let digest = digest(&proof.salt, secret);
    let expected = mac(question, &answer.instance, &digest, &proof.address);
    let given = HEXLOWER_PERMISSIVE.decode(proof.mac.as_bytes());
    given.is_ok_and(|given| expected.verify_slice(&given).is_ok())
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(question: &IdentityQuestion, instance: &str, digest: &str, address: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(digest.as_bytes()).expect("any key will do");
    let worker = question.worker.to_string();
    for part in [PURPOSE, instance, &worker, &question.nonce, address] {
        // With its length, so that no part can pass for a piece of another.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::WorkerId;

    const SALT: &str = "0123456789abcdef0123456789abcdef";

    fn question() -> IdentityQuestion {
        IdentityQuestion {
            worker: WorkerId::random(),
            nonce: "5a".repeat(32),
        }
    }

    fn answer(question: &IdentityQuestion, secret: &str) -> ManagerIdentity {
        let known = digest(SALT, secret);
        ManagerIdentity {
            instance: "this".to_owned(),
            proof: Some(prove(question, "this", (SALT, &known), "10.0.0.5:8080")),
        }
    }

    #[test]
    fn who_knows_the_secret_can_prove_it() {
        let question = question();
        let answer = answer(&question, "secret");
        assert!(is_proved(&question, &answer, "secret", None));
        assert!(is_proved(
            &question,
            &answer,
            "secret",
            Some("10.0.0.5:8080")
        ));
    }

    #[test]
    fn nothing_else_proves_it() {
        let asked = question();
        let right = answer(&asked, "secret");
        let refused = |answer: &ManagerIdentity, address| {
            assert!(!is_proved(&asked, answer, "secret", address), "{answer:?}");
        };
        refused(&answer(&asked, "another secret"), None);
        // Of another question, another Worker, another Manager, or fetched from elsewhere.
        refused(&answer(&question(), "secret"), None);
        let other = IdentityQuestion {
            nonce: "5b".repeat(32),
            ..asked.clone()
        };
        refused(&answer(&other, "secret"), None);
        refused(
            &ManagerIdentity {
                instance: "that".to_owned(),
                ..right.clone()
            },
            None,
        );
        refused(&right, Some("10.0.0.66:8080"));
        let with = |change: fn(&mut ManagerProof)| {
            let mut wrong = right.clone();
            wrong.proof.iter_mut().for_each(change);
            wrong
        };
        refused(
            &with(|proof| proof.address = "10.0.0.66:8080".to_owned()),
            None,
        );
        refused(&with(|proof| proof.mac = "00".repeat(32)), None);
        refused(&with(|proof| proof.mac.truncate(62)), None);
        refused(&with(|proof| proof.mac = "é".repeat(32)), None);
        refused(&with(|proof| proof.salt.clear()), None);
        refused(
            &ManagerIdentity {
                proof: None,
                ..right.clone()
            },
            None,
        );
    }

    #[test]
    fn a_nonce_has_64_hexadecimal_digits() {
        assert!(is_nonce(&"aF".repeat(32)));
        assert!(!is_nonce(&"aF".repeat(31)) && !is_nonce(&"ag".repeat(32)));
    }
}
