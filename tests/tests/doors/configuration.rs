//! Who may change the configuration over HTTP, and which keys.
