import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LinkSettings } from '../../src/link/link-settings.js';
import { preflight, type Problem } from '../../src/preflight/preflight.js';
import { documentedAccount, documentedPassword } from '../support/documented-account.js';
import { catchUp, expectEqual, linkSettings, stopsWith } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { skip, toSkip } from '../support/skip-run.js';
import { sql } from '../support/sql.js';

const useServers = useLab();
let lab: TestLab;
let changes: Partial<LinkSettings>;

const unlogged = (...statements: readonly string[]): string[] => [
  'SET SESSION sql_log_bin = 0',
  ...statements,
  'SET SESSION sql_log_bin = 1',
];
const check = async (): Promise<Problem[]> => {
  const problems = await preflight(linkSettings(lab, changes), { handoffNative: false });
  return problems.filter(({ code }) => code !== 'TR_SKIP_NOTED');
};

beforeAll(async () => {
  lab = await useServers();
  const account = documentedAccount();
  await sql(lab.source, ...account.source);
  await sql(lab.replica, ...account.replica);
  const user = { user: 'tailrace', password: documentedPassword };
  changes = { source: { ...lab.source.address, ...user }, replica: { ...lab.replica.address, ...user } };
  for (const session of [lab.onSource, lab.onReplica]) {
    await sql(
      session,
      ...unlogged(
        "CREATE USER admin@'%' IDENTIFIED BY 'Admin-word-1'",
        "GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION",
      ),
    );
  }
  // Else the source itself asks for a characteristic of each function.
  await sql(lab.onSource, 'SET GLOBAL log_bin_trust_function_creators = ON');
  await sql(lab.onSource, 'CREATE DATABASE d', 'CREATE TABLE d.t (id INT PRIMARY KEY, v INT)');
  await catchUp(lab, changes);
});

test('check names what the account may not do, or the replica does not take, and nothing else [P43]', async () => {
  const problems = await check();
  expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    'warning TR_REPLICA_FUNCTION_CREATORS',
  ]);
  await sql(lab.onSource, 'CREATE TRIGGER d.tr BEFORE INSERT ON d.t FOR EACH ROW SET NEW.v = 1');
  const error = await stopsWith(lab, changes);
  expect(error).toMatchObject({ code: 'TR_STATEMENT_FAILED' });
  expect(error.cure).toContain('SET PERSIST log_bin_trust_function_creators = ON');
  await sql(lab.onReplica, problems[0]!.cure);
  await catchUp(lab, changes);
  expect(await check()).toEqual([]);
});

const use = 'USE d';
const administration: readonly (readonly [what: string, ...statements: string[]])[] = [
  [
    'FLUSH of any kind',
    'FLUSH PRIVILEGES',
    'FLUSH TABLES',
    'FLUSH TABLES d.t',
    'FLUSH STATUS',
    'FLUSH USER_RESOURCES',
    'FLUSH OPTIMIZER_COSTS',
  ],
  ['maintenance of tables', 'ANALYZE TABLE d.t', 'OPTIMIZE TABLE d.t', 'ALTER TABLE d.t FORCE'],
  [
    'views of root',
    'CREATE VIEW d.v AS SELECT 1 x',
    'CREATE OR REPLACE VIEW d.v AS SELECT id FROM d.t',
    'ALTER VIEW d.v AS SELECT 2 x',
  ],
  ['a view of nobody', 'CREATE DEFINER = nobody@nowhere VIEW d.w AS SELECT 1 x'],
  [
    'procedures of root',
    use,
    'CREATE PROCEDURE p () SELECT 1',
    "ALTER PROCEDURE p COMMENT 'x'",
    'CREATE PROCEDURE q () SELECT 1',
    'DROP PROCEDURE q',
  ],
  [
    'functions',
    use,
    'CREATE FUNCTION f () RETURNS INT RETURN 1',
    'CREATE FUNCTION g () RETURNS INT DETERMINISTIC RETURN 1',
    'DROP FUNCTION g',
  ],
  ['triggers', use, 'CREATE TRIGGER own BEFORE UPDATE ON t FOR EACH ROW SET @a = 1', 'DROP TRIGGER own'],
  [
    'events',
    use,
    'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1',
    "ALTER EVENT e COMMENT 'x'",
    'DROP EVENT e',
  ],
  [
    'accounts',
    "CREATE USER app@'%' IDENTIFIED BY 'App-word-1'",
    "ALTER USER app@'%' WITH MAX_QUERIES_PER_HOUR 9",
    "SET PASSWORD FOR app@'%' = 'App-word-2'",
    "RENAME USER app@'%' TO app@localhost",
  ],
  [
    'grants',
    'GRANT ALL ON d.* TO app@localhost',
    'GRANT SELECT (id), INSERT ON d.t TO app@localhost',
    'GRANT EXECUTE ON FUNCTION d.f TO app@localhost',
    'GRANT SELECT, RELOAD ON *.* TO app@localhost',
    'REVOKE INSERT ON d.* FROM app@localhost',
    'REVOKE ALL, GRANT OPTION FROM app@localhost',
  ],
  [
    'roles',
    'CREATE ROLE readers, writers',
    'GRANT SELECT ON d.* TO readers',
    'GRANT readers, writers TO app@localhost',
    'ALTER USER app@localhost DEFAULT ROLE readers',
    'SET DEFAULT ROLE NONE TO app@localhost',
    'REVOKE writers FROM app@localhost',
    'DROP ROLE readers, writers',
  ],
  [
    'an administrator',
    "ALTER USER admin@'%' IDENTIFIED BY 'Admin-word-2'",
    "REVOKE INSERT ON *.* FROM admin@'%'",
  ],
  [
    'schemas and tablespaces',
    'ALTER DATABASE d DEFAULT CHARACTER SET latin1',
    "CREATE TABLESPACE space ADD DATAFILE 'space.ibd'",
    'DROP TABLESPACE space',
    'CREATE DATABASE gone',
    'DROP DATABASE gone',
  ],
  ['the end of an account', 'DROP USER app@localhost'],
];

describe('with exactly the documented grants, daily administration of the source goes in', () => {
  test.each(administration)('%s [P43]', async (_, ...statements) => {
    await sql(lab.source, ...statements);
    await catchUp(lab, changes);
    await expectEqual(lab);
  });
});

test('an account that both have is named, and can be left out', async () => {
  // As somebody does who leaves out the first line of the page.
  const statement = documentedAccount().source.find((text) => text.startsWith('CREATE USER'));
  await sql(lab.onSource, ...unlogged("DROP USER tailrace@'%'"), statement!);
  await sql(
    lab.onSource,
    ...unlogged(...documentedAccount().source.filter((text) => text.startsWith('GRANT'))),
  );
  const error = await stopsWith(lab, changes);
  expect(error).toMatchObject({ code: 'TR_STATEMENT_FAILED', why: expect.stringContaining('1396') });
  expect(error.cure).toContain('exists already');
  expect(await skip(lab, toSkip(error), '--yes')).toMatchObject({ code: 0 });
  await catchUp(lab, changes);
});

test.each([
  ['FLUSH PRIVILEGES', 'RELOAD'],
  ["ALTER USER admin@'%' IDENTIFIED BY 'Admin-word-3'", 'SYSTEM_USER'],
  ['CREATE DEFINER = nobody@nowhere VIEW d.x AS SELECT 1 x', 'SET_ANY_DEFINER'],
  ["CREATE TABLESPACE other ADD DATAFILE 'other.ibd'", 'CREATE TABLESPACE'],
])('without it, %s stops the link with the grant that is missing: %s [P43]', async (statement, privilege) => {
  await sql(lab.onReplica, ...unlogged(`REVOKE ${privilege} ON *.* FROM tailrace@'%'`));
  const problems = await check();
  expect(problems).toMatchObject([{ code: 'TR_PRIVILEGE_MISSING', severity: 'warning' }]);
  expect(problems[0]?.cure).toBe(`GRANT ${privilege} ON *.* TO \`tailrace\`@\`%\`;`);
  await sql(lab.source, statement);
  const error = await stopsWith(lab, changes);
  const grant = /GRANT [^;]*;/.exec(error.cure)?.[0];
  expect(grant).toBe(`GRANT ${privilege} ON *.* TO \`tailrace\`@\`%\`;`);
  await sql(lab.onReplica, ...unlogged(grant!));
  await catchUp(lab, changes);
  expect(await check()).toEqual([]);
});

test('a GRANT of what the account does not have stops the link with exactly that', async () => {
  await sql(lab.source, "CREATE USER watcher@'%'", "GRANT PROCESS, BACKUP_ADMIN ON *.* TO watcher@'%'");
  const error = await stopsWith(lab, changes);
  const grant = /GRANT [^;]*;/.exec(error.cure)?.[0];
  expect(grant).toBe('GRANT PROCESS, BACKUP_ADMIN ON *.* TO `tailrace`@`%` WITH GRANT OPTION;');
  await sql(lab.onReplica, ...unlogged(grant!));
  await catchUp(lab, changes);
});
