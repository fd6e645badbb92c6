-- How often the Workers of a task were lost while they ran it, since it was last queued by a person or completed.
ALTER TABLE task_states ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
-- The run of the process that works as this Worker. Null: it did not say.
ALTER TABLE workers ADD COLUMN run TEXT;
