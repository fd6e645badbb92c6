DROP TABLE task_updates;
