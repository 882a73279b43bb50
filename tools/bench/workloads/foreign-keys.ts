import type { SeededRandom } from '../../lab/seeded-random.js';
import { multiRowInserts } from './multi-row-insert.js';
import { ownIds, type TransactionStatements, type Workload, type WriterShare } from './workload.js';

const families = ['plain', 'cascade'] as const;
const parents = 2_000;
const childrenPerParent = 2;
/** Ids of a parent's descendants are computed from its own, so that the writers need not ask for them. */
const idsPerParent = 16;

/**
 * Parent, child and grandchild, in two families: one whose foreign keys only restrict, one with ON DELETE CASCADE. Rows of
 * a parent are inserted, changed and deleted together, in transactions of several statements.
 */
export const foreignKeys: Workload = {
  name: 'foreign-keys',
  title: 'foreign-key families',
  goal: { overDefaults: 1.5, overTuned: null },
  transactions: 25_000,
  transactionsMin: 400,
  writers: 4,
  transactionsPerPacket: 1,
  prepare: prepareFamilies,
  write: familyTransactions,
};

function* prepareFamilies(random: SeededRandom): Generator<string> {
  for (const family of families) {
    const action = family === 'cascade' ? ' ON DELETE CASCADE' : '';
    const tail = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';
    yield `CREATE TABLE ${family}_parent (id INT NOT NULL PRIMARY KEY, note VARCHAR(80) NOT NULL) ${tail}`;
    yield `CREATE TABLE ${family}_child (id INT NOT NULL PRIMARY KEY, parent_id INT NOT NULL, amount INT NOT NULL,
      FOREIGN KEY (parent_id) REFERENCES ${family}_parent (id)${action}) ${tail}`;
    yield `CREATE TABLE ${family}_grandchild (id INT NOT NULL PRIMARY KEY, child_id INT NOT NULL, amount INT NOT NULL,
      FOREIGN KEY (child_id) REFERENCES ${family}_child (id)${action}) ${tail}`;
    const ids = Array.from({ length: parents }, (_, at) => at + 1);
    yield* multiRowInserts(
      `${family}_parent`,
      ids.map((id) => `(${id},'${random.digits(40)}')`),
    );
    yield* multiRowInserts(
      `${family}_child`,
      ids.flatMap((id) => childRows(random, id)),
    );
    yield* multiRowInserts(
      `${family}_grandchild`,
      ids.flatMap((id) => grandchildRows(random, id)),
    );
  }
}

function childIds(parent: number): number[] {
  return Array.from({ length: childrenPerParent }, (_, at) => parent * idsPerParent + at);
}

function childRows(random: SeededRandom, parent: number): string[] {
  return childIds(parent).map((id) => `(${id},${parent},${random.below(1_000)})`);
}

function grandchildRows(random: SeededRandom, parent: number): string[] {
  return childIds(parent).map((id) => `(${id},${id},${random.below(1_000)})`);
}

function* familyTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  const [first, last] = ownIds(share, parents);
  for (let written = 0; written < share.transactions; written += 1) {
    const family = families[random.below(families.length)] ?? 'plain';
    const parent = random.between(first, last);
    const replaced = random.chance(0.4);
    yield replaced ? replaceFamily(random, family, parent) : updateFamily(random, family, parent);
  }
}

function updateFamily(random: SeededRandom, family: string, parent: number): TransactionStatements {
  const [child = 0] = childIds(parent);
  return [
    'BEGIN',
    `UPDATE ${family}_parent SET note='${random.digits(40)}' WHERE id=${parent}`,
    `UPDATE ${family}_child SET amount=amount+1 WHERE id=${child}`,
    `UPDATE ${family}_grandchild SET amount=amount+1 WHERE child_id=${child}`,
    'COMMIT',
  ];
}

/** Deletes a parent with all that hangs on it, and inserts it again with new values. */
function replaceFamily(random: SeededRandom, family: string, parent: number): TransactionStatements {
  const children = childIds(parent).join(',');
  const bottomUp = [
    `DELETE FROM ${family}_grandchild WHERE child_id IN (${children})`,
    `DELETE FROM ${family}_child WHERE parent_id=${parent}`,
  ];
  return [
    'BEGIN',
    ...(family === 'cascade' ? [] : bottomUp),
    `DELETE FROM ${family}_parent WHERE id=${parent}`,
    `INSERT INTO ${family}_parent VALUES (${parent},'${random.digits(40)}')`,
    `INSERT INTO ${family}_child VALUES ${childRows(random, parent).join(',')}`,
    `INSERT INTO ${family}_grandchild VALUES ${grandchildRows(random, parent).join(',')}`,
    'COMMIT',
  ];
}
