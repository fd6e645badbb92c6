CREATE TABLE task_updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, -- order of delivery
    created_at BIGINT NOT NULL,                    -- microseconds since 1970, for people
    task_id TEXT NOT NULL,
    attempt BIGINT,                                -- which hand-out of the task; none from a Flamenco Manager
    payload TEXT NOT NULL                          -- the update's JSON, as it is sent
);
