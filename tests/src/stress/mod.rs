//! Plays many Workers against a Manager, to see how many tasks a second it hands out and takes back.
