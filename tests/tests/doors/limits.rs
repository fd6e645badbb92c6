//! Bounds on what a single request, client or Worker can take of the Manager.
