DROP TABLE manager_instance;
