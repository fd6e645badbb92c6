-- The tasks of jobs that were taken over from another Manager keep the ids they had there, from which nothing follows.
-- No row for tasks of our own.
CREATE TABLE imported_tasks (
    key INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
);
-- By these the few jobs that are to be deleted are found among all, and whether a checkout is another job's as well.
CREATE INDEX jobs_doomed ON jobs (delete_requested) WHERE delete_requested IS NOT NULL;
CREATE INDEX jobs_checkouts ON jobs (shaman_checkout_id) WHERE shaman_checkout_id IS NOT NULL;
