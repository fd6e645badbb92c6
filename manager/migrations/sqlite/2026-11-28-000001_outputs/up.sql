-- What jobs may do in spite of findings, and what was found: JSON lists. A job of before allows missing files, as one
-- of a stock client does.
ALTER TABLE jobs ADD COLUMN allow TEXT NOT NULL DEFAULT '["missing-files"]';
ALTER TABLE jobs ADD COLUMN keep_existing BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE jobs ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';

-- It never changes. It stands here and not in `tasks`, since whole jobs are read with it, and there it would come after
-- the commands, which are long.
ALTER TABLE task_states ADD COLUMN optional BOOLEAN NOT NULL DEFAULT FALSE;

-- The finished files of a task. `attempt` is the one that wrote the file.
CREATE TABLE outputs (
    key BIGINT NOT NULL,
    path TEXT NOT NULL,
    frame INTEGER,
    view TEXT NOT NULL,
    size BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    state SMALLINT NOT NULL,
    PRIMARY KEY (key, path)
) WITHOUT ROWID;

-- The warnings of the latest attempt of a task.
CREATE TABLE task_findings (
    key BIGINT NOT NULL,
    class TEXT NOT NULL,
    count BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (key, class)
) WITHOUT ROWID;
