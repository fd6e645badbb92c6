//! Folders, pipes and files that are made to stop the Manager or a Worker.
