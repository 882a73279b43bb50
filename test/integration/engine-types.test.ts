import { beforeAll, describe, expect, test } from '@jest/globals';
import { partitionStrategies } from '../../src/plan/partition.js';
import { expectLevel } from '../support/engine-link.js';
import { permissiveSession, TypeTables } from '../support/engine-types.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab();
const tables = new TypeTables('types');
const combinations = partitionStrategies.flatMap((partition) =>
  [1, 4].map((lanes) => ({ partition, lanes })),
);

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(onSource, permissiveSession, ...tables.create());
});

describe('every column type, inserted, updated and deleted', () => {
  test.each(combinations)(
    'is the same afterwards: partition $partition, $lanes lanes [P3]',
    async (settings) => {
      const { onSource } = await lab();
      await sql(onSource, ...tables.change(combinations.indexOf(settings)));
      const { report } = await expectLevel(await lab(), settings);
      expect(report.rowsIn).toBeGreaterThan(80);
    },
  );
});
