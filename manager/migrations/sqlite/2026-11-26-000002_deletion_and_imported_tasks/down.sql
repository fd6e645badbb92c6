DROP INDEX jobs_checkouts;
DROP INDEX jobs_doomed;
DROP TABLE imported_tasks;
