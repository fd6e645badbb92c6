-- The farm's state. Times are microseconds since 1970 in UTC, ids and JSON are text, so that other databases can
-- hold the same. What changes often is kept in narrow tables apart, keyed by integers; `key` is the job's number
-- shifted left by 24 bits, plus the task's index in the job. Keys are INTEGER here, never BIGINT, since only that
-- word makes SQLite store the rows by their key, without a second tree that leads to them; both hold 64 bits.

-- The numbers that were given last. None is given twice, also when the row that had it is gone: other rows may
-- still name it.
CREATE TABLE last_numbers (
    kind TEXT NOT NULL PRIMARY KEY,
    no BIGINT NOT NULL
);
INSERT INTO last_numbers (kind, no) VALUES ('job', 0);

CREATE TABLE jobs (
    no INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    id_upper BIGINT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    job_type TEXT NOT NULL,
    priority INTEGER NOT NULL,
    status TEXT NOT NULL,
    activity TEXT NOT NULL,
    settings TEXT NOT NULL,
    metadata TEXT NOT NULL,
    shaman_checkout_id TEXT,
    worker_tag TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    steps_completed BIGINT NOT NULL,
    steps_total BIGINT NOT NULL,
    delete_requested BIGINT,
    released BOOLEAN NOT NULL
);
-- By this a start finds the few live jobs among all that ever were.
CREATE INDEX jobs_live ON jobs (no) WHERE status NOT IN ('completed', 'canceled', 'failed');

CREATE TABLE tasks (
    key INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    task_type TEXT NOT NULL,
    priority INTEGER NOT NULL,
    dependencies TEXT NOT NULL,
    steps_total BIGINT NOT NULL,
    -- Last, so that a long one is passed over when tasks are listed.
    commands TEXT NOT NULL
);

CREATE TABLE task_states (
    key INTEGER NOT NULL PRIMARY KEY,
    status SMALLINT NOT NULL,
    worker BIGINT,
    attempt INTEGER NOT NULL,
    ended SMALLINT,
    steps_completed BIGINT NOT NULL,
    activity TEXT NOT NULL,
    updated BIGINT NOT NULL,
    touched BIGINT
);

CREATE TABLE attempts (
    key BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    worker BIGINT NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    outcome SMALLINT,
    PRIMARY KEY (key, attempt)
) WITHOUT ROWID;

CREATE TABLE task_failures (
    key BIGINT NOT NULL,
    worker BIGINT NOT NULL,
    PRIMARY KEY (key, worker)
) WITHOUT ROWID;

CREATE TABLE job_blocks (
    job BIGINT NOT NULL,
    worker BIGINT NOT NULL,
    task_type TEXT NOT NULL,
    PRIMARY KEY (job, worker, task_type)
) WITHOUT ROWID;

CREATE TABLE workers (
    no INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    platform TEXT NOT NULL,
    software TEXT NOT NULL,
    status TEXT NOT NULL,
    requested_status TEXT,
    requested_lazy BOOLEAN NOT NULL,
    timed_out_from TEXT,
    task_types TEXT NOT NULL,
    can_restart BOOLEAN NOT NULL,
    ephemeral BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    last_seen BIGINT,
    last_task BIGINT,
    deleted BIGINT
);

CREATE TABLE worker_tags (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL
);

CREATE TABLE worker_tag_members (
    tag TEXT NOT NULL REFERENCES worker_tags (id) ON DELETE CASCADE,
    worker BIGINT NOT NULL REFERENCES workers (no) ON DELETE CASCADE,
    PRIMARY KEY (tag, worker)
) WITHOUT ROWID;

CREATE TABLE sleep_schedules (
    worker INTEGER NOT NULL PRIMARY KEY REFERENCES workers (no) ON DELETE CASCADE,
    is_active BOOLEAN NOT NULL,
    days_of_week TEXT NOT NULL,
    start_time TEXT NOT NULL,
    end_time TEXT NOT NULL
);

-- At most one row: the job that was rendered last.
CREATE TABLE last_rendered (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    job BIGINT NOT NULL
);

-- Empty: filled and emptied again to find out whether there is room to write.
CREATE TABLE probe (
    filling BLOB NOT NULL
);
