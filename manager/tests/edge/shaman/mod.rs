//! The files of jobs: which are missing, sent, sent again and at the same time, checked out, and never elsewhere.

mod files;

mod checkouts;
mod sent;
mod whole;
