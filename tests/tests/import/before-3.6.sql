-- The tables of a Flamenco Manager before 3.6: tasks do not say their place in the job, nearly every column may be
-- empty, and what is true or false is a number.
CREATE TABLE jobs (id integer PRIMARY KEY, created_at datetime, updated_at datetime, uuid char(36) UNIQUE DEFAULT '',
    name varchar(64) DEFAULT '', job_type varchar(32) DEFAULT '', priority smallint DEFAULT 0,
    status varchar(32) DEFAULT '', activity varchar(255), settings jsonb, metadata jsonb,
    delete_requested_at datetime, storage_shaman_checkout_id varchar(255), worker_tag_id integer);
CREATE TABLE tasks (id integer PRIMARY KEY, created_at datetime, updated_at datetime, uuid char(36) UNIQUE DEFAULT '',
    name varchar(64) DEFAULT '', type varchar(32) DEFAULT '', job_id integer, priority smallint,
    status varchar(16) DEFAULT '', activity varchar(255), worker_id integer, last_touched_at datetime,
    commands jsonb);
CREATE TABLE task_dependencies (task_id integer, dependency_id integer, PRIMARY KEY (task_id, dependency_id));
CREATE TABLE task_failures (created_at datetime, task_id integer, worker_id integer, PRIMARY KEY (task_id, worker_id));
CREATE TABLE job_blocks (id integer PRIMARY KEY, created_at datetime, job_id integer, worker_id integer,
    task_type text);
CREATE TABLE last_rendereds (id integer PRIMARY KEY, created_at datetime, updated_at datetime, job_id integer);
CREATE TABLE workers (id integer PRIMARY KEY, created_at datetime, updated_at datetime,
    uuid char(36) UNIQUE DEFAULT '', secret varchar(255) DEFAULT '', name varchar(64) DEFAULT '',
    address varchar(39), platform varchar(16), software varchar(32), status varchar(16) DEFAULT '',
    last_seen_at datetime, status_requested varchar(16), lazy_status_request smallint,
    supported_task_types varchar(255) DEFAULT '', deleted_at datetime, can_restart smallint);
CREATE TABLE sleep_schedules (id integer PRIMARY KEY, created_at datetime, updated_at datetime,
    worker_id integer UNIQUE, is_active numeric, days_of_week text, start_time text, end_time text,
    next_check datetime);
CREATE TABLE worker_tags (id integer PRIMARY KEY, created_at datetime, updated_at datetime,
    uuid char(36) UNIQUE DEFAULT '', name varchar(64) UNIQUE, description varchar(255));
CREATE TABLE worker_tag_membership (worker_tag_id integer, worker_id integer,
    PRIMARY KEY (worker_tag_id, worker_id));
