//! Scripts run from end to end, apart from the actor. The files beside this one are by subject.

mod shop;

mod built_in;
mod faults;
mod limits;
mod recorded;
mod world;
