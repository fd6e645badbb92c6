//! How a Worker's secret is stored, and checked against what is stored.
//!
//! Workers of ours and of Flamenco make up 32 random bytes and send them as 64 hex digits. Nobody can guess such a
//! secret, so a fast salted hash keeps it as well as a slow one, and a farm that wakes up is not held up by hashing.
//! Whatever else comes may have been thought up by a person, and is stored with argon2.
//!
//! What was imported from a Flamenco Manager is a bcrypt; it is replaced by ours at its first success.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use data_encoding::HEXLOWER;
use farandole_protocol::proof;

/// How the stored form of a random secret begins.
const FAST: &str = "sha256$";
/// How the stored forms of a Flamenco Manager begin.
const BCRYPT: &str = "$2";
/// A Worker's own secret has so many hex digits.
const RANDOM_LEN: usize = 64;

/// What a stored secret takes to be checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cost {
    /// A microsecond.
    Low,
    /// Some 50 ms and 19 MB: on a blocking thread, few at a time.
    High,
}

/// Whether the secret can only have been drawn at random.
fn is_random(secret: &str) -> bool {
    secret.len() == RANDOM_LEN && secret.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What it takes to store this secret.
pub(super) fn cost_to_store(secret: &str) -> Cost {
    if is_random(secret) {
        Cost::Low
    } else {
        Cost::High
    }
}

/// What it takes to check a secret against this stored form.
pub(super) fn cost_to_check(stored: &str) -> Cost {
    if stored.starts_with(FAST) {
        Cost::Low
    } else {
        Cost::High
    }
}

/// Whether this stored form is another Manager's, to be replaced by ours.
pub(super) fn is_foreign(stored: &str) -> bool {
    stored.starts_with(BCRYPT)
}

/// The form in which a secret is stored.
pub(super) fn store(secret: &str, salt: [u8; 16]) -> Option<String> {
    if is_random(secret) {
        let salt = HEXLOWER.encode(&salt);
        let digest = proof::digest(&salt, secret);
        return Some(format!("{FAST}{salt}${digest}"));
    }
    let hash = Argon2::default()
        .hash_password_with_salt(secret.as_bytes(), &salt)
        .ok()?;
    Some(hash.to_string())
}

/// Whether the secret is the stored one.
pub(super) fn matches(secret: &str, stored: &str) -> bool {
    if let Some((salt, digest)) = salt_and_digest(stored) {
        return proof::digest(salt, secret) == digest;
    }
    if is_foreign(stored) {
        return bcrypt::verify(secret, stored).unwrap_or(false);
    }
    PasswordHash::new(stored).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(secret.as_bytes(), &hash)
            .is_ok()
    })
}

/// The salt and the digest of a random secret, by which the Manager proves that it knows it. `None` for another: what
/// a person has thought up could be guessed from a proof.
pub(super) fn salt_and_digest(stored: &str) -> Option<(&str, &str)> {
    stored.strip_prefix(FAST)?.split_once('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 16] = [7; 16];

    #[track_caller]
    fn check(secret: &str, cost: Cost) {
        let stored = store(secret, SALT).unwrap();
        assert!(matches(secret, &stored));
        assert!(!matches(&format!("{secret}x"), &stored));
        assert!(!stored.contains(secret));
        assert_eq!(
            (cost_to_store(secret), cost_to_check(&stored)),
            (cost, cost)
        );
    }

    #[test]
    fn a_random_secret_is_stored_cheaply() {
        check(&"0f".repeat(32), Cost::Low);
    }

    #[test]
    fn a_thought_up_secret_is_stored_at_a_cost() {
        check("secret-1", Cost::High);
    }

    #[test]
    fn nothing_matches_what_is_no_hash() {
        assert!(!matches("x", ""));
        assert!(!matches("x", "sha256$"));
        assert!(!matches("x", "$2a$04$nothing"));
    }

    #[test]
    fn an_imported_secret_is_known_as_such() {
        let stored = bcrypt::hash_with_salt("secret", 4, SALT)
            .unwrap()
            .to_string();
        assert!(is_foreign(&stored) && matches("secret", &stored));
        assert!(!matches("Secret", &stored));
        assert_eq!(cost_to_check(&stored), Cost::High);
        assert!(!is_foreign(&store("secret", SALT).unwrap()));
        assert!(!is_foreign(&store(&"0f".repeat(32), SALT).unwrap()));
    }

    #[test]
    fn the_same_secret_is_stored_differently_each_time() {
        let secret = "ab".repeat(32);
        assert_ne!(store(&secret, SALT), store(&secret, [8; 16]));
    }
}
