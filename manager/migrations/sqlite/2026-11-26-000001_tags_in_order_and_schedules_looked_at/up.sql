-- Tags are listed in the order in which they were made.
ALTER TABLE worker_tags ADD COLUMN created BIGINT NOT NULL DEFAULT 0;

-- The Manager's own wall clock when the schedule was last put into force, in microseconds since 1970 as if that clock
-- showed UTC. Null: never yet, so that it is at once.
ALTER TABLE sleep_schedules ADD COLUMN in_force_since BIGINT;
