import { describe, expect, test } from '@jest/globals';
import { keepSemicolon } from '../../../src/statement/keep-semicolon.js';
import { statementTokens } from '../../../src/statement/statement-tokens.js';

const options = { escapes: true, clientCollation: null };
const next = '\nSET @tailrace = NULL';

describe('a semicolon at the end of a statement', () => {
  test.each([
    'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1;',
    'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1 /* c */ ; \n',
    'CREATE PROCEDURE p () SELECT 1; -- x;',
    'CREATE PROCEDURE p () SELECT 1; # x;\n',
    '/*!50106 CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1 */;',
    "CREATE PROCEDURE p () SELECT '-- x;\n' ;",
  ])('is kept by a statement in a line behind it: %j', (statement) => {
    expect(keepSemicolon(statement, options)).toEqual({ text: `${statement}${next}`, replies: 2 });
  });

  test.each([
    'ALTER TABLE t ADD COLUMN b INT -- x;\n',
    'ALTER TABLE t ADD COLUMN b INT -- x;',
    'ALTER TABLE t ADD COLUMN b INT # x;',
    'ALTER TABLE t ADD COLUMN b INT --\t;',
    'ALTER TABLE t ADD COLUMN b INT /* x; */',
    'ALTER TABLE t ADD COLUMN b INT /**/ /* x; */ -- ;',
    // One statement for a session that takes one.
    'ALTER TABLE t ADD COLUMN b INT; /* x */',
    'ALTER TABLE t ADD COLUMN b INT; -- x\n',
    '/*!50003 ALTER TABLE t ADD COLUMN b INT; */',
    'ALTER TABLE t ADD COLUMN b INT',
    '',
  ])('that is a part of a comment, or stands before one, is sent as it is: %j', (statement) => {
    expect(keepSemicolon(statement, options)).toEqual({ text: statement, replies: 1 });
  });

  test('is found in text of the session’s character set and sql_mode', () => {
    const sjis = { escapes: true, clientCollation: 13 };
    // 0x95 0x5c is one character, and its second byte no backslash.
    expect(keepSemicolon("CREATE PROCEDURE p () SELECT '\x95\\' ;", sjis).replies).toBe(2);
    const plain = { escapes: false, clientCollation: null };
    expect(keepSemicolon("CREATE PROCEDURE p () SELECT '\\' ;", plain).replies).toBe(2);
  });
});

describe('comments are left out of the tokens, and no more than comments', () => {
  test.each([
    ['a --\nb', ['a', 'b']],
    ['a -- b\nc', ['a', 'c']],
    ['a --', ['a']],
    ['a --b', ['a', '-', '-', 'b']],
    ['a --\x01 b\nc', ['a', 'c']],
    ['a /**/ b /* c */ d', ['a', 'b', 'd']],
    ['a /***/ b */', ['a', 'b']],
    ['a /*!50000 b */ c', ['a', 'b', 'c']],
    ['a # b */\nc', ['a', 'c']],
  ])('%j', (statement, expected) => {
    expect([...statementTokens(statement, options)].map(({ text }) => text)).toEqual(expected);
  });
});
