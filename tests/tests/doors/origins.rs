//! From which names and origins requests are taken.
