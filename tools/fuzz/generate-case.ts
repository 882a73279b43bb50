import { type Failpoint, failpoints } from '../../src/apply/failpoint.js';
import { SeededRandom } from '../lab/seeded-random.js';
import { quoteIdentifier, quoteTable } from '../../src/mysql/identifier.js';
import type { Death, Disturbance, FuzzCase, FuzzServers, FuzzStep } from './fuzz-case.js';
import type { FuzzFeatures } from './fuzz-features.js';
import type { World } from './generate-definition.js';
import { generateFamily, generateTable } from './generate-table.js';
import { generateTransaction, largeTables, type WriterTraits } from './generate-transaction.js';
import { pick, pickWeighted } from './pick.js';

/** Rounds on the same servers; then all are rebuilt, with other settings. */
export const roundsPerEra = 6;

const schemaNames = ['fuzz_a', 'fuzz_b', 'fuzz `c`.Ü'];
/** Where some lanes have committed and others have not: recovery has most to do. */
const betweenLanes: readonly Failpoint[] = ['between-commits', 'before-lane-zero-commit'];
const transactionsMin = 40;
const transactionsMax = 260;

/** The case of a round: the same for the same seed and features. Pure. */
export function generateCase(seed: number, round: number, features: FuzzFeatures): FuzzCase {
  const random = new SeededRandom(seed, `round ${round}`);
  const servers = serversOf(seed, Math.floor((round - 1) / roundsPerEra));
  const world: World = { schemas: schemaNames.slice(0, random.between(1, 3)), tables: [], created: 0 };
  const setup = setupStatements(random, world);
  const definitions = pick(random, [0, 3, 8, 20]);
  const steps = workload(random, world, { ...servers, definitions }, features);
  const live = random.chance(0.6);
  // A column that the source adds would stand behind those of the replica.
  const replicaColumns = definitions === 0 && random.chance(0.6);
  return {
    seed,
    round,
    servers,
    link: {
      lanes: pick(random, [1, 2, 3, 3, 4, 8]),
      partition: pick(random, ['schema', 'table', 'row', 'auto', 'auto']),
      budgetMib: pick(random, [1, 1, 2, 8]),
      epochRowsMax: pick(random, [1, 15, 40, 200, 200, 2_000, 200_000]),
    },
    live,
    inOrder: false,
    disturbances: live ? disturbancesOf(random, steps.length, !replicaColumns) : [],
    deaths: deathsOf(random, live, !replicaColumns),
    replicaColumns,
    witness: round % roundsPerEra === 0,
    setup,
    steps,
  };
}

function serversOf(seed: number, era: number): FuzzServers {
  const random = new SeededRandom(seed, `era ${era}`);
  const [gtid, nativeForeignKeys] = [random.chance(0.7), random.chance(0.35)];
  return { gtid, nativeForeignKeys, oddDefaults: random.chance(0.4) };
}

function setupStatements(random: SeededRandom, world: World): string[] {
  const [first = ''] = world.schemas;
  const statements = [
    // A schema whose tables others refer to could not be dropped.
    'SET SESSION foreign_key_checks = 0',
    ...schemaNames.map((name) => `DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`),
    ...world.schemas.map((name) => `CREATE DATABASE ${quoteIdentifier(name)}`),
    'SET SESSION foreign_key_checks = 1',
    `CREATE TABLE ${quoteTable(first, 'trigger_log')} (what VARCHAR(40), at INT${random.chance(0.5) ? ', id INT AUTO_INCREMENT PRIMARY KEY' : ''})`,
    ...largeTables.map(
      (name) =>
        `CREATE TABLE ${quoteTable(first, name)} (v INT, pad VARCHAR(4000)${name === 'big' ? ', id INT AUTO_INCREMENT PRIMARY KEY' : ''})`,
    ),
  ];
  for (let i = random.between(2, 6); i > 0; i -= 1) {
    const made = generateTable(random, pick(random, world.schemas), `t${(world.created += 1)}`);
    world.tables.push(made.table);
    statements.push(...made.statements);
  }
  for (let i = random.between(0, 2); i > 0; i -= 1) {
    for (const made of generateFamily(random, world.schemas, `f${(world.created += 1)}`)) {
      world.tables.push(made.table);
      statements.push(...made.statements);
    }
  }
  return statements;
}

function workload(
  random: SeededRandom,
  world: World,
  { gtid, definitions }: Pick<WriterTraits, 'gtid' | 'definitions'>,
  features: FuzzFeatures,
): FuzzStep[] {
  const steps: FuzzStep[] = [];
  const writers = random.between(1, 4);
  const special = random.below(writers);
  // Another one, where there is another one: XA with statements among its rows is refused.
  const byStatement = (special + 1) % writers;
  const hasStatements = features.statements && random.chance(0.5) && byStatement !== special;
  if (hasStatements) steps.push({ writer: byStatement, sql: "SET SESSION binlog_format = 'MIXED'" });
  for (let left = random.between(transactionsMin, transactionsMax); left > 0; left -= 1) {
    const writer = random.below(writers);
    const traits: WriterTraits = {
      gtid,
      definitions,
      // One writer alone, so that what the others write is beside it.
      features: {
        compression: features.compression && writer === special,
        xa: features.xa && writer === special,
        statements: hasStatements && writer === byStatement,
      },
      isAlone: writers === 1,
    };
    for (const sql of generateTransaction(random, world, traits)) steps.push({ writer, sql });
  }
  return steps;
}

function disturbancesOf(random: SeededRandom, steps: number, mayRestore: boolean): Disturbance[] {
  const list = Array.from({ length: random.between(0, 4) }, (): Disturbance => {
    const afterSteps = random.below(steps);
    const kind = pickWeighted(random, [
      [6, 'kill-tailrace' as const],
      [6, 'failpoint' as const],
      [1, 'kill-replica' as const],
      [1, 'kill-source' as const],
      [1, 'restart-replica' as const],
      [1, 'stall' as const],
      [mayRestore ? 1 : 0, 'restore-replica' as const],
    ]);
    return kind === 'failpoint' ? { afterSteps, kind, failpoint: failpointOf(random) } : { afterSteps, kind };
  });
  return list.sort((a, b) => a.afterSteps - b.afterSteps);
}

function deathsOf(random: SeededRandom, live: boolean, mayRestore: boolean): Death[] {
  return Array.from({ length: live ? random.between(0, 2) : random.between(1, 4) }, (): Death => {
    const death = random.chance(0.7)
      ? { failpoint: failpointOf(random) }
      : { afterMs: random.between(300, 1_500) };
    return mayRestore && random.chance(0.08) ? { ...death, isRestored: true } : death;
  });
}

function failpointOf(random: SeededRandom): `${Failpoint}:${number}` {
  const point = random.chance(0.5) ? pick(random, betweenLanes) : pick(random, failpoints);
  return `${point}:${random.chance(0.6) ? 1 : random.between(2, 6)}`;
}
