-- The tables of a Flamenco Manager before 3.9: tasks do not say which of their steps are done.
CREATE TABLE jobs (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL DEFAULT '', name varchar(64) NOT NULL DEFAULT '',
    job_type varchar(32) NOT NULL DEFAULT '', priority smallint NOT NULL DEFAULT 0,
    status varchar(32) NOT NULL DEFAULT '', activity varchar(255) NOT NULL DEFAULT '',
    settings jsonb NOT NULL, metadata jsonb NOT NULL, delete_requested_at datetime,
    storage_shaman_checkout_id varchar(255) NOT NULL DEFAULT '', worker_tag_id integer);
CREATE TABLE tasks (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL DEFAULT '', name varchar(64) NOT NULL DEFAULT '',
    type varchar(32) NOT NULL DEFAULT '', job_id integer NOT NULL, index_in_job integer NOT NULL DEFAULT 0,
    priority smallint NOT NULL DEFAULT 50, status varchar(16) NOT NULL DEFAULT '',
    activity varchar(255) NOT NULL DEFAULT '', worker_id integer, last_touched_at datetime, commands jsonb NOT NULL,
    UNIQUE (job_id, index_in_job));
CREATE TABLE task_dependencies (task_id integer, dependency_id integer, PRIMARY KEY (task_id, dependency_id));
CREATE TABLE task_failures (created_at datetime NOT NULL, task_id integer, worker_id integer,
    PRIMARY KEY (task_id, worker_id));
CREATE TABLE job_blocks (id integer PRIMARY KEY, created_at datetime NOT NULL, job_id integer NOT NULL,
    worker_id integer NOT NULL, task_type text NOT NULL, UNIQUE (job_id, worker_id, task_type));
CREATE TABLE last_rendereds (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    job_id integer);
CREATE TABLE workers (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL DEFAULT '', secret varchar(255) NOT NULL DEFAULT '',
    name varchar(64) NOT NULL DEFAULT '', address varchar(39) NOT NULL DEFAULT '',
    platform varchar(16) NOT NULL DEFAULT '', software varchar(32) NOT NULL DEFAULT '',
    status varchar(16) NOT NULL DEFAULT '', last_seen_at datetime, status_requested varchar(16) NOT NULL DEFAULT '',
    lazy_status_request boolean NOT NULL DEFAULT false, supported_task_types varchar(255) NOT NULL DEFAULT '',
    deleted_at datetime, can_restart boolean NOT NULL DEFAULT false);
CREATE TABLE sleep_schedules (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    worker_id integer UNIQUE NOT NULL, is_active boolean NOT NULL DEFAULT false,
    days_of_week text NOT NULL DEFAULT '', start_time text NOT NULL DEFAULT '', end_time text NOT NULL DEFAULT '',
    next_check datetime);
CREATE TABLE worker_tags (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL, name varchar(64) UNIQUE NOT NULL,
    description varchar(255) NOT NULL DEFAULT '');
CREATE TABLE worker_tag_membership (worker_tag_id integer, worker_id integer,
    PRIMARY KEY (worker_tag_id, worker_id));
