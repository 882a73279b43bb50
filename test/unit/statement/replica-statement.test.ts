import { describe, expect, test } from '@jest/globals';
import type { QueryEvent } from '../../../src/binlog/query-event.js';
import { type SessionContext, readSessionContext } from '../../../src/binlog/session-context.js';
import { replicaStatement } from '../../../src/statement/replica-statement.js';

const utf8mb4 = 45;
const sjis = 13;
const gbk = 28;
const noBackslashEscapes = 1n << 20n;

function ran(
  statement: string | Buffer,
  {
    client = utf8mb4,
    errorCode = 0,
    ...context
  }: Partial<SessionContext> & { client?: number; errorCode?: number } = {},
): string {
  const event: QueryEvent = {
    timestamp: 0,
    threadId: 1,
    isThreadSpecific: false,
    errorCode,
    schema: 'd',
    statement: Buffer.from(statement),
    context: {
      ...readSessionContext(Buffer.alloc(0)),
      charset: { client, connection: client, server: client },
      invoker: { user: 'ann`e', host: '%' },
      ...context,
    },
  };
  return Buffer.from(replicaStatement(event), 'latin1').toString(client === utf8mb4 ? 'utf8' : 'latin1');
}

const me = '`ann``e`@`%`';

describe('events are disabled, as MySQL’s own replica does it', () => {
  test.each([
    [
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON REPLICA DO SET @a = 1',
    ],
    [
      "CREATE DEFINER=`a`@`b` EVENT IF NOT EXISTS `do`.`enable` ON SCHEDULE AT now() + INTERVAL 1 DAY ENABLE COMMENT 'DO DISABLE' DO SET @a = 'ENABLE'",
      "CREATE DEFINER=`a`@`b` EVENT IF NOT EXISTS `do`.`enable` ON SCHEDULE AT now() + INTERVAL 1 DAY DISABLE ON REPLICA COMMENT 'DO DISABLE' DO SET @a = 'ENABLE'",
    ],
    [
      'CREATE EVENT enable ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM t',
      'CREATE EVENT enable ON SCHEDULE EVERY 1 DAY DISABLE ON REPLICA DO DELETE FROM t',
    ],
    [
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON SLAVE DO DELETE FROM t',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON REPLICA DO DELETE FROM t',
    ],
    ['ALTER DEFINER=x@y EVENT e ENABLE', 'ALTER DEFINER=x@y EVENT e DISABLE ON REPLICA'],
    [
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY -- ENABLE\n DO SET @a = 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY -- ENABLE\n DISABLE ON REPLICA DO SET @a = 1',
    ],
    [
      'ALTER EVENT e ON COMPLETION PRESERVE -- x\n',
      `ALTER DEFINER=${me} EVENT e ON COMPLETION PRESERVE DISABLE ON REPLICA -- x\n`,
    ],
    ['ALTER EVENT e DISABLE -- ENABLE', `ALTER DEFINER=${me} EVENT e DISABLE ON REPLICA -- ENABLE`],
    ["ALTER EVENT e COMMENT 'x'", `ALTER DEFINER=${me} EVENT e DISABLE ON REPLICA COMMENT 'x'`],
    [
      'ALTER EVENT d.e RENAME TO d.enable',
      `ALTER DEFINER=${me} EVENT d.e RENAME TO d.enable DISABLE ON REPLICA`,
    ],
    [
      "ALTER EVENT e ON SCHEDULE EVERY (1 + 1) HOUR ENDS ('2030-01-01') DO BEGIN SET @a = 1; END",
      `ALTER DEFINER=${me} EVENT e ON SCHEDULE EVERY (1 + 1) HOUR ENDS ('2030-01-01') DISABLE ON REPLICA DO BEGIN SET @a = 1; END`,
    ],
    [
      'ALTER DEFINER=CURRENT_USER() EVENT `\u00e4` ENABLE',
      `ALTER DEFINER=${me} EVENT \`\u00e4\` DISABLE ON REPLICA`,
    ],
    [
      '/* c */ CREATE /*!50001 DEFINER=CURRENT_USER */ EVENT e ON SCHEDULE EVERY 1 DAY DO SET @u = CURRENT_USER()',
      `/* c */ CREATE /*!50001 DEFINER=${me} */ EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON REPLICA DO SET @u = CURRENT_USER()`,
    ],
  ])('%s', (statement, expected) => {
    expect(ran(statement)).toBe(expected);
  });

  test('characters whose second byte is a backslash or a backtick do not hide the rest', () => {
    // In sjis 0x95 0x5c is one character; in gbk 0x81 0x60 is.
    const comment = Buffer.concat([
      Buffer.from("CREATE EVENT e ON SCHEDULE EVERY 1 DAY COMMENT '"),
      Buffer.from([0x95, 0x5c]),
      Buffer.from("' DO SET @a = 'it''s'"),
    ]);
    expect(ran(comment, { client: sjis })).toContain("1 DAY DISABLE ON REPLICA COMMENT '\x95\\' DO");
    const name = Buffer.concat([
      Buffer.from('CREATE EVENT `'),
      Buffer.from([0x81, 0x60]),
      Buffer.from('` ON SCHEDULE EVERY 1 DAY DO SET @a = 1'),
    ]);
    expect(ran(name, { client: gbk })).toContain('1 DAY DISABLE ON REPLICA DO');
  });

  test('under NO_BACKSLASH_ESCAPES a text may end with a backslash', () => {
    const statement = String.raw`CREATE EVENT e ON SCHEDULE EVERY 1 DAY COMMENT 'C:\' DO SET @a = 'ENABLE'`;
    expect(ran(statement, { sqlMode: noBackslashEscapes })).toContain(
      String.raw`DISABLE ON REPLICA COMMENT 'C:\'`,
    );
  });
});

describe('CURRENT_USER in statements about accounts is whoever ran them on the source', () => {
  test.each([
    ['DROP USER CURRENT_USER()', `DROP USER ${me}`],
    ["RENAME USER current_user ( ) TO `CURRENT_USER`@'%'", `RENAME USER ${me} TO \`CURRENT_USER\`@'%'`],
    ["ALTER USER CURRENT_USER COMMENT 'CURRENT_USER'", `ALTER USER ${me} COMMENT 'CURRENT_USER'`],
    ['GRANT a TO CURRENT_USER, b WITH ADMIN OPTION', `GRANT a TO ${me}, b WITH ADMIN OPTION`],
    ['REVOKE a FROM b, /* not */ CURRENT_USER()', `REVOKE a FROM b, /* not */ ${me}`],
    [
      'CREATE TABLE t (u VARCHAR(99) DEFAULT (CURRENT_USER()))',
      'CREATE TABLE t (u VARCHAR(99) DEFAULT (CURRENT_USER()))',
    ],
    [
      'CREATE DEFINER=`a`@`b` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.u = CURRENT_USER()',
      'CREATE DEFINER=`a`@`b` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.u = CURRENT_USER()',
    ],
  ])('%s', (statement, expected) => {
    expect(ran(statement)).toBe(expected);
  });

  test('is left alone when the source did not say who ran them', () => {
    expect(ran('DROP USER CURRENT_USER()', { invoker: null })).toBe('DROP USER CURRENT_USER()');
  });
});

test('other statements pass as they are, byte for byte', () => {
  for (const statement of [
    "CREATE TABLE e (`event` INT) COMMENT 'CREATE EVENT'",
    'ALTER TABLE event ENABLE KEYS',
    '',
  ]) {
    expect(ran(statement)).toBe(statement);
  }
});

test('a DROP of several tables that failed in part on an old source drops what is there', () => {
  expect(ran('DROP TABLE a, b', { errorCode: 1051 })).toBe('DROP TABLE IF EXISTS a, b');
  expect(ran('DROP TABLE IF EXISTS a', { errorCode: 1051 })).toBe('DROP TABLE IF EXISTS a');
});
