ALTER TABLE sleep_schedules DROP COLUMN in_force_since;
ALTER TABLE worker_tags DROP COLUMN created;
