//! Managers and Workers as processes: locks, clocks, credentials, and whom a Worker trusts.
