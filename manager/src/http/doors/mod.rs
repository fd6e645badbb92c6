//! What is asked before a request is looked at: by which name the Manager is called, and which web page sends it.
//! Both are about browsers: programs can name what they like. And whether there is room for its connection.

mod connections;
mod door;
mod hosts;
mod origin;

pub(super) use connections::Connections;
pub(super) use door::Door;
