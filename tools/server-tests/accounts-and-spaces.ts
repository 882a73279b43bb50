/**
 * What statements can change that no SHOW CREATE of a schema's objects tells; moments and counters are left out. Each
 * returns the same rows from two replicas that are alike.
 */
export const accountsAndSpaces = [
  "SELECT * FROM mysql.user WHERE User NOT IN ('root') ORDER BY Host, User",
  'SELECT * FROM mysql.role_edges ORDER BY 1, 2, 3, 4',
  'SELECT * FROM mysql.default_roles ORDER BY 1, 2, 3, 4',
  "SELECT * FROM mysql.global_grants WHERE USER NOT IN ('root') ORDER BY 1, 2, 3",
  'SELECT * FROM mysql.db ORDER BY Host, Db, User',
  'SELECT Host, Db, User, Table_name, Table_priv, Column_priv FROM mysql.tables_priv ORDER BY 1, 2, 3, 4',
  'SELECT Host, Db, User, Table_name, Column_name, Column_priv FROM mysql.columns_priv ORDER BY 1, 2, 3, 4, 5',
  'SELECT Host, Db, User, Routine_name, Routine_type, Proc_priv FROM mysql.procs_priv ORDER BY 1, 2, 3, 4, 5',
  "SELECT Host, User, Proxied_host, Proxied_user, With_grant FROM mysql.proxies_priv WHERE User <> 'root' ORDER BY 1, 2, 3, 4",
  'SELECT * FROM mysql.servers ORDER BY 1',
  'SELECT SRS_NAME, SRS_ID, ORGANIZATION, DEFINITION, DESCRIPTION FROM information_schema.ST_SPATIAL_REFERENCE_SYSTEMS WHERE SRS_ID BETWEEN 900000 AND 999999 ORDER BY 2',
  'SELECT SCHEMA_NAME, TABLE_NAME, COLUMN_NAME, JSON_REMOVE(HISTOGRAM, \'$."last-updated"\') FROM information_schema.COLUMN_STATISTICS ORDER BY 1, 2, 3',
  'SELECT RESOURCE_GROUP_NAME FROM information_schema.RESOURCE_GROUPS ORDER BY 1',
  "SELECT NAME, SPACE_TYPE, ENCRYPTION FROM information_schema.INNODB_TABLESPACES WHERE SPACE_TYPE <> 'Single' ORDER BY 1",
  'SELECT EVENT_SCHEMA, EVENT_NAME, DEFINER, STATUS, SQL_MODE, TIME_ZONE, STARTS, ENDS, EXECUTE_AT, CREATED, LAST_ALTERED FROM information_schema.EVENTS ORDER BY 1, 2',
  'SELECT TABLE_SCHEMA, TABLE_NAME, PARTITION_NAME, SUBPARTITION_NAME, PARTITION_EXPRESSION, PARTITION_DESCRIPTION, TABLESPACE_NAME FROM information_schema.PARTITIONS WHERE PARTITION_NAME IS NOT NULL ORDER BY 1, 2, 3, 4',
  "SELECT SCHEMA_NAME, OPTIONS FROM information_schema.SCHEMATA_EXTENSIONS WHERE SCHEMA_NAME <> 'tailrace' ORDER BY 1",
  "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, DEFINER, CREATED, SQL_MODE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN ('sys', 'mysql') ORDER BY 1, 2, 3",
  "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, ACTION_ORDER, DEFINER, CREATED FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA <> 'sys' ORDER BY 1, 2",
  'SELECT * FROM information_schema.LIBRARIES ORDER BY 1, 2, 3',
] as const;
