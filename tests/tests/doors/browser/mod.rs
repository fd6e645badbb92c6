//! What a browser does with the Manager's answers.

mod chromium;
mod pages;
mod site;
