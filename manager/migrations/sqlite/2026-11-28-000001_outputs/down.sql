DROP TABLE task_findings;
DROP TABLE outputs;
ALTER TABLE task_states DROP COLUMN optional;
ALTER TABLE jobs DROP COLUMN findings;
ALTER TABLE jobs DROP COLUMN keep_existing;
ALTER TABLE jobs DROP COLUMN allow;
