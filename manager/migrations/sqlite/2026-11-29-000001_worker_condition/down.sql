ALTER TABLE workers DROP COLUMN condition;
