-- Which Manager this is: Workers remember it, so that they show their secrets to no other. Made once, with the database.
CREATE TABLE manager_instance (
    no INTEGER NOT NULL PRIMARY KEY CHECK (no = 1),
    id TEXT NOT NULL
);
INSERT INTO manager_instance (no, id) VALUES (1, lower(hex(randomblob(16))));
