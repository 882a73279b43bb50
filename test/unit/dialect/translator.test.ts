import { describe, expect, test } from '@jest/globals';
import { sessionStatement } from '../../../src/statement/session-statements.js';
import type { QueryEvent } from '../../../src/binlog/query-event.js';
import { readSessionContext, type SessionContext } from '../../../src/binlog/session-context.js';
import type { SourceTraits } from '../../../src/dialect/source-traits.js';
import { StatementTranslator } from '../../../src/dialect/statement-translator.js';

const traits: SourceTraits = {
  explicitDefaults: false,
  startedAt: 0,
  utf8IsUtf8mb4: false,
  ownSchemas: new Set(['own']),
};
const silent = readSessionContext(Buffer.alloc(0));
const mariadb = '10.11.18-MariaDB-log';
const mysql56 = '5.6.24-log';
const general = { client: 45, connection: 45, server: 8 };

interface Case {
  readonly writer?: string;
  readonly context?: Partial<SessionContext>;
  readonly traits?: Partial<SourceTraits>;
  readonly schema?: string;
  readonly timestamp?: number;
}

function translate(statement: string, { writer = mariadb, ...of }: Case = {}): QueryEvent {
  const translator = new StatementTranslator({ ...traits, ...of.traits }, '9.7.4');
  translator.writtenBy(writer);
  return translator.translate({
    timestamp: of.timestamp ?? 100,
    threadId: 1,
    isThreadSpecific: false,
    errorCode: 0,
    schema: of.schema ?? 'd',
    statement: Buffer.from(statement, 'latin1'),
    context: { ...silent, charset: general, ...of.context },
  });
}

const textOf = (statement: string, of?: Case): string =>
  translate(statement, of).statement.toString('latin1');

describe('defaults of TIMESTAMP columns', () => {
  const explicit = { flags2: 0x1000000 };
  test.each([
    { of: { context: explicit }, expected: 1 },
    { of: { context: { flags2: 0 } }, expected: 0 },
    // Before 10.10 the bit is not logged: what the source is set to counts.
    { of: { writer: '10.6.18-MariaDB-log', context: explicit }, expected: 0 },
    { of: { writer: '10.6.18-MariaDB-log', traits: { explicitDefaults: true } }, expected: 1 },
    { of: { writer: mysql56 }, expected: 0 },
    { of: { writer: mysql56, traits: { explicitDefaults: true } }, expected: 1 },
    { of: { writer: '5.7.44', traits: { explicitDefaults: true } }, expected: 1 },
    {
      of: {
        writer: '8.0.36',
        context: { explicitDefaultsForTimestamp: false, defaultCollationForUtf8mb4: 255 },
      },
      expected: 0,
    },
    { of: { writer: '8.0.36', context: { defaultCollationForUtf8mb4: 255 } }, expected: 1 },
  ])('$of: $expected', ({ of, expected }) => {
    const { context, refusal } = translate('CREATE TABLE t (a TIMESTAMP)', of);
    expect(refusal).toBeUndefined();
    expect(sessionStatement(context, 5)).toContain(`explicit_defaults_for_timestamp=${expected},`);
  });

  test('a source that was restarted since may have had another setting', () => {
    const of = { writer: mysql56, timestamp: 99, traits: { explicitDefaults: true, startedAt: 100 } };
    expect(translate('CREATE TABLE t (a TIMESTAMP)', of).refusal?.code).toBe('TR_STATEMENT_DIALECT');
    expect(translate('CREATE TABLE t (a INT)', of).refusal).toBeUndefined();
    const off = { ...of, traits: { startedAt: 100 } };
    expect(translate('CREATE TABLE t (a TIMESTAMP)', off).refusal).toBeUndefined();
  });
});

describe("MariaDB's modes", () => {
  const mode = (bits: bigint): Case => ({ context: { sqlMode: bits } });
  test('fractions are cut off, unless a mode rounds them; its own bits go nowhere', () => {
    const modeOf = (bits: bigint): bigint | null =>
      translate('CREATE TABLE t (a INT)', mode(bits)).context.sqlMode;
    expect(modeOf(0x200000n)).toBe(0x100200000n);
    expect(modeOf(1n << 34n)).toBe(0n);
    expect(modeOf((1n << 33n) | 16n)).toBe(1n << 32n);
    expect(
      translate('CREATE TABLE t (a INT)', { writer: mysql56, context: { sqlMode: 4n } }).context.sqlMode,
    ).toBe(4n);
  });

  const [oracle, empty, simultaneous, rounds, maxdb] = [1n << 9n, 1n << 32n, 1n << 33n, 1n << 34n, 1n << 12n];
  test.each([
    [oracle, "ALTER TABLE o ADD COLUMN h VARCHAR(20) AS ('a'||s) STORED"],
    [oracle, 'CREATE TABLE t (a DATE)'],
    [oracle, 'CREATE TABLE t (a BLOB)'],
    [oracle, 'CREATE PROCEDURE p() BEGIN END'],
    [empty, "ALTER TABLE y ADD COLUMN q VARCHAR(9) DEFAULT ''"],
    [simultaneous, 'CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW UPDATE b SET x = y, y = x'],
    [rounds, 'ALTER TABLE t MODIFY a DATE'],
    [maxdb, 'CREATE TABLE t (a TIMESTAMP)'],
  ])('what means something else is refused: %s %s', (bits, statement) => {
    expect(translate(statement, mode(bits)).refusal?.code).toBe('TR_STATEMENT_DIALECT');
  });

  test.each([
    [oracle, 'CREATE TABLE "t" (a VARCHAR(20) DEFAULT \'x\', b INT NOT NULL)'],
    [oracle, 'DROP PROCEDURE p'],
    [empty, "ALTER TABLE y ADD COLUMN q VARCHAR(9) DEFAULT 'it''s'"],
    [simultaneous, 'ALTER TABLE x ADD COLUMN a INT, ADD FOREIGN KEY (a) REFERENCES p (id) ON UPDATE CASCADE'],
    [simultaneous, 'GRANT UPDATE ON a.* TO b'],
    [rounds, 'ALTER TABLE t MODIFY a DATETIME'],
  ])('what means the same goes on: %s %s', (bits, statement) => {
    expect(translate(statement, mode(bits)).refusal).toBeUndefined();
  });

  test('MAXDB is refused of an old MySQL, too', () => {
    const of = { writer: mysql56, context: { sqlMode: maxdb } };
    expect(translate('CREATE TABLE t (a TIMESTAMP)', of).refusal?.why).toContain('MAXDB');
  });
});

describe("MariaDB's collations", () => {
  const own = { client: 45, connection: 2304, server: 2304 };
  const chosen = [{ charset: 45, collation: 2304 }];
  test.each<[string, Case]>([
    ['CREATE DATABASE d', { context: { charset: own } }],
    ['CREATE DATABASE d CHARACTER SET utf8mb4', { context: { charsetCollations: chosen } }],
    ['CREATE TABLE t (v VARCHAR(9) CHARACTER SET utf8mb4)', { context: { charsetCollations: chosen } }],
    ['CREATE TABLE t (v VARCHAR(9)) DEFAULT CHARSET=utf8mb4', { context: { charsetCollations: chosen } }],
    ['ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4', { context: { charsetCollations: chosen } }],
    ['CREATE TABLE t (v NCHAR(9))', { context: { charsetCollations: [{ charset: 33, collation: 2048 }] } }],
    [
      'CREATE TABLE t (v VARCHAR(9) CHARACTER SET utf8mb4)',
      { context: { charsetCollations: [{ charset: 45, collation: 224 }] } },
    ],
    ['CREATE TABLE t (v VARCHAR(9))', { schema: 'own' }],
    ['CREATE TABLE own.t (v VARCHAR(9))', {}],
    ['CREATE VIEW v AS SELECT 1', { context: { charset: own } }],
    ['CREATE VIEW v AS SELECT 1', { schema: 'own' }],
    ['CREATE TABLE t (v VARCHAR(9) COLLATE utf8mb4_0900_ai_ci)', {}],
    ['CREATE TABLE t (v VARCHAR(9) COLLATE utf8mb4_croatian_ci)', {}],
    ['CREATE TABLE t (v VARCHAR(9) CHARACTER SET utf8)', { traits: { utf8IsUtf8mb4: true } }],
  ])('would be another one: %s %j', (statement, of) => {
    expect(translate(statement, of).refusal?.code).toBe('TR_STATEMENT_DIALECT');
  });

  test.each<[string, Case]>([
    ['CREATE DATABASE d COLLATE utf8mb4_bin', { context: { charset: own, charsetCollations: chosen } }],
    ['CREATE TABLE t (v VARCHAR(9), INDEX (v))', { context: { charset: own, charsetCollations: chosen } }],
    [
      'CREATE TABLE t (v VARCHAR(9) CHARACTER SET utf8mb4 NOT NULL COLLATE utf8mb4_bin, w INT) CHARSET latin1',
      { context: { charsetCollations: chosen } },
    ],
    ['CREATE TABLE d.t (v INT)', { schema: 'own' }],
    ['CREATE TABLE own.t (v INT) COLLATE utf8mb4_bin', {}],
    ['CREATE TABLE t (v VARCHAR(9) CHARACTER SET utf8)', {}],
  ])('is the same: %s %j', (statement, of) => {
    const { refusal, context } = translate(statement, of);
    expect(refusal).toBeUndefined();
    expect(Math.max(...Object.values(context.charset ?? {}))).toBeLessThan(248);
  });
});

describe('clauses that older servers ignored', () => {
  test.each([
    [
      'CREATE TABLE c (p INT REFERENCES p (id) ON DELETE CASCADE ON UPDATE SET NULL, q INT)',
      'CREATE TABLE c (p INT  , q INT)',
    ],
    ['CREATE TABLE c (p INT REFERENCES d.p (id) MATCH FULL NOT NULL)', 'CREATE TABLE c (p INT   NOT NULL)'],
    [
      'CREATE TABLE c (q INT CHECK (q > (0)), CHECK (q < 9), KEY (q DESC))',
      'CREATE TABLE c (q INT   , KEY (q  ))',
    ],
    ['CREATE TABLE c (CONSTRAINT x CHECK (q < 9), q INT)', 'CREATE TABLE c (  q INT)'],
    ['ALTER TABLE c ADD CHECK (q <> 7)', 'ALTER TABLE c  '],
    [
      'ALTER TABLE c ADD CONSTRAINT CHECK (q <> 7), ADD z INT REFERENCES p (id)',
      'ALTER TABLE c   ADD z INT  ',
    ],
    ['ALTER TABLE c ADD (z INT REFERENCES p (id), y INT CHECK (y))', 'ALTER TABLE c ADD (z INT  , y INT  )'],
    ['CREATE INDEX i ON c (a DESC, b)', 'CREATE INDEX i ON c (a  , b)'],
  ])('%s', (statement, expected) => {
    expect(textOf(statement, { writer: mysql56 })).toBe(expected);
  });

  test.each([
    'ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES p (id) ON DELETE CASCADE',
    'CREATE TABLE c (r INT, FOREIGN KEY (r) REFERENCES p (id) ON DELETE CASCADE)',
    "CREATE TABLE c (r INT COMMENT 'REFERENCES p (id), CHECK (r)')",
    'ALTER TABLE c ORDER BY r DESC',
    'CREATE VIEW v AS SELECT 1 ORDER BY 1 DESC',
  ])('stays: %s', (statement) => {
    expect(textOf(statement, { writer: mysql56 })).toBe(statement);
  });

  test('each server by what it ignored', () => {
    const statement = 'CREATE TABLE c (q INT CHECK (q) REFERENCES p (id), KEY (q DESC))';
    expect(textOf(statement, { writer: '9.7.4' })).toBe(statement);
    expect(textOf(statement, { writer: '8.4.3' })).toBe('CREATE TABLE c (q INT CHECK (q)  , KEY (q DESC))');
    expect(textOf(statement, { writer: '8.0.15' })).toBe('CREATE TABLE c (q INT    , KEY (q DESC))');
    expect(textOf(statement)).toBe(statement);
    expect(textOf(statement, { writer: '10.4.9-MariaDB' })).toBe(
      'CREATE TABLE c (q INT CHECK (q)  , KEY (q  ))',
    );
  });
});

describe('defaults of MariaDB', () => {
  test.each([
    [
      "CREATE TABLE t (a TEXT NOT NULL DEFAULT '', b VARCHAR(9) DEFAULT '')",
      "CREATE TABLE t (a TEXT NOT NULL DEFAULT (''), b VARCHAR(9) DEFAULT '')",
    ],
    [
      "ALTER TABLE t ADD text VARCHAR(9) DEFAULT 'x', MODIFY a BLOB DEFAULT 'y'",
      "ALTER TABLE t ADD text VARCHAR(9) DEFAULT 'x', MODIFY a BLOB DEFAULT ('y')",
    ],
    ['CREATE TABLE t (a TEXT DEFAULT NULL)', 'CREATE TABLE t (a TEXT DEFAULT NULL)'],
  ])('%s', (statement, expected) => {
    expect(textOf(statement)).toBe(expected);
  });

  test('a new column that is filled with other values each time is refused', () => {
    const added = 'ALTER TABLE t ADD COLUMN u CHAR(36) DEFAULT (UUID())';
    expect(translate(added).refusal?.why).toContain('UUID()');
    expect(translate('ALTER TABLE t ADD COLUMN u DATETIME DEFAULT (NOW())').refusal).toBeUndefined();
    expect(translate('CREATE TABLE t (u CHAR(36) DEFAULT (UUID()))').refusal).toBeUndefined();
  });
});
