import { autocommitInserts } from './autocommit-inserts.js';
import { ddlHeavy } from './ddl-heavy.js';
import { foreignKeys } from './foreign-keys.js';
import { hotRows } from './hot-rows.js';
import { largeTransactions } from './large-transactions.js';
import { manyTables } from './many-tables.js';
import { mixedOltp } from './mixed-oltp.js';
import { noPrimaryKey } from './no-primary-key.js';
import { secondaryUniqueKeys } from './secondary-unique-keys.js';
import { singleHotTable } from './single-hot-table.js';
import { wideRows } from './wide-rows.js';
import type { Workload } from './workload.js';

/** Every workload of the bench, in the order in which results are shown. */
export const workloads: readonly Workload[] = [
  mixedOltp,
  autocommitInserts,
  hotRows,
  singleHotTable,
  wideRows,
  largeTransactions,
  noPrimaryKey,
  foreignKeys,
  secondaryUniqueKeys,
  ddlHeavy,
  manyTables,
];
