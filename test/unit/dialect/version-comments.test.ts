import { describe, expect, test } from '@jest/globals';
import { followComments } from '../../../src/dialect/version-comments.js';
import { parseServerVersion } from '../../../src/mysql/server-version.js';

const replica = parseServerVersion('9.7.4');
const writers = {
  'MySQL 5.6': '5.6.24-log',
  'MySQL 8.0.20': '8.0.20',
  'MySQL 9.7': '9.7.4',
  'MariaDB 10.11': '10.11.18-MariaDB-log',
  'MariaDB 11.8': '11.8.9-MariaDB-0+deb13u1 from Debian-log',
} as const;

function follow(writer: keyof typeof writers, statement: string, options = {}): string {
  return followComments(statement, {
    writer: parseServerVersion(writers[writer]),
    replica,
    escapes: true,
    clientCollation: 45,
    ...options,
  });
}

describe('a version comment is run as the server ran it that wrote the log', () => {
  test.each([
    ['MariaDB 10.11', 'a INT /*!100201 NOT NULL */, b', 'a INT  NOT NULL , b'],
    ['MariaDB 10.11', 'a INT /*M!100201 NOT NULL */', 'a INT  NOT NULL '],
    ['MariaDB 10.11', 'a INT/*M! NOT*/NULL', 'a INT NOT NULL'],
    ['MariaDB 10.11', 'a INT /*M!110000 NOT NULL */, b', 'a INT , b'],
    ['MariaDB 11.8', 'a INT /*M!110000 NOT NULL */, b', 'a INT  NOT NULL , b'],
    ['MariaDB 10.11', 'a INT /*!110000 NOT NULL */', 'a INT '],
    // What is meant for a MySQL of these versions MariaDB leaves alone, and what is older than its fork it runs.
    ['MariaDB 10.11', 'a INT /*!50700 NOT NULL */', 'a INT '],
    ['MariaDB 10.11', 'a INT /*!80000 NOT NULL */', 'a INT '],
    ['MariaDB 10.11', 'a INT /*!99999 NOT NULL */', 'a INT '],
    ['MariaDB 10.11', 'a INT /*M!50800 NOT NULL */', 'a INT  NOT NULL '],
    ['MariaDB 10.11', 'a INT /*!50699 NOT NULL */', 'a INT /*!50699 NOT NULL */'],
    ['MySQL 5.6', 'a INT /*!50624 NOT NULL */', 'a INT /*!50624 NOT NULL */'],
    ['MySQL 5.6', 'a INT /*!50625 NOT NULL */ b', 'a INT  b'],
    ['MySQL 5.6', 'a INT /*!80023 INVISIBLE */', 'a INT '],
    [
      'MySQL 8.0.20',
      'a INT /*!80023 INVISIBLE */, b INT /*!80013 NOT NULL */',
      'a INT , b INT /*!80013 NOT NULL */',
    ],
    ['MySQL 9.7', 'a INT /*!80023 INVISIBLE */', 'a INT /*!80023 INVISIBLE */'],
    ['MySQL 9.7', 'a INT /*!090704 NOT NULL */', 'a INT /*!090704 NOT NULL */'],
    // To MySQL it is a plain comment, which stays.
    ['MySQL 5.6', 'a INT /*M!100201 NOT NULL */', 'a INT /*M!100201 NOT NULL */'],
    ['MariaDB 10.11', '/*M!100301 ALTER TABLE c DROP COLUMN z */', ' ALTER TABLE c DROP COLUMN z '],
  ] as const)('%s: %s', (writer, statement, expected) => {
    expect(follow(writer, statement)).toBe(expected);
  });

  test.each([
    // One inside of another: the inner one ends first.
    ['MySQL 5.6', 'x /*!50100 a /*!80000 b */ c */ d', 'x /*!50100 a  c */ d'],
    ['MariaDB 10.11', 'x /*M!100100 a /*!80000 b */ c */ d', 'x  a  c  d'],
    ['MariaDB 10.11', 'x /*M!100100 a /* b */ c */ d', 'x  a /* b */ c  d'],
    ['MySQL 5.6', 'x /*!80000 a /* b */ c */ d', 'x  d'],
    ['MySQL 5.6', 'x /*!80000 a', 'x '],
    // No comment begins in a text, a quoted name or another comment.
    [
      'MariaDB 10.11',
      '\'/*!100201 a */\' "/*M! b */" `/*M!c */`',
      '\'/*!100201 a */\' "/*M! b */" `/*M!c */`',
    ],
    ['MariaDB 10.11', "'it''s \\' /*M! a */' /*M! b */", "'it''s \\' /*M! a */'  b "],
    ['MariaDB 10.11', '-- /*M! a */\n/*M! b */ # /*M! c */', '-- /*M! a */\n b  # /*M! c */'],
    ['MariaDB 10.11', '/* /*M! a */ b', '/* /*M! a */ b'],
    ['MariaDB 10.11', '5--/*M! 1 */', '5-- 1 '],
    // Nor does one end in a text.
    ['MariaDB 10.11', "/*M! COMMENT '*/' */ x", " COMMENT '*/'  x"],
  ] as const)('%s: %s', (writer, statement, expected) => {
    expect(follow(writer, statement)).toBe(expected);
  });

  test('backslashes, double quotes and characters of two bytes are read as the session read them', () => {
    expect(follow('MariaDB 10.11', "'\\' /*M! a */ 'b'", { escapes: false })).toBe("'\\'  a  'b'");
    expect(follow('MariaDB 10.11', '"\\" /*M! a */ "b"', { ansiQuotes: true })).toBe('"\\"  a  "b"');
    // A character of gbk that ends with a backslash: the quote behind it ends the text.
    expect(follow('MariaDB 10.11', "'\x81\\' /*M! a */ 'b'", { clientCollation: 28 })).toBe(
      "'\x81\\'  a  'b'",
    );
  });
});
