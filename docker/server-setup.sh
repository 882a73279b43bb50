# Sourced by the entrypoint of the MySQL image when a server is new, on the source and on the replicas alike: the user of
# tailrace, and then a GTID history that begins empty, so that no server has transactions of its own.
# shellcheck shell=bash

docker_process_sql <<SQL
SET sql_log_bin = 0;
CREATE USER tailrace@'%' IDENTIFIED BY '${TAILRACE_PASSWORD}';
GRANT REPLICATION_APPLIER, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER
  ON *.* TO tailrace@'%';
GRANT REPLICATION CLIENT, REPLICATION SLAVE, SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES,
  CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE, TRIGGER, EVENT, CREATE USER
  ON *.* TO tailrace@'%' WITH GRANT OPTION;
RESET BINARY LOGS AND GTIDS;
SQL
