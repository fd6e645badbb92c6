-- What a Worker has found on its host when it last looked, as JSON. Null: it did not say, as Flamenco's do not.
ALTER TABLE workers ADD COLUMN condition TEXT;
