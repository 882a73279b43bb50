import { describe, expect, test } from '@jest/globals';
import { withoutImpliedCharacterSets } from '../../../src/verify/implied-character-sets.js';

/** A column in the middle of a table. */
const table = (column: string): string =>
  [
    'Create Table: CREATE TABLE `t` (',
    '  `id` int NOT NULL,',
    `  ${column},`,
    '  PRIMARY KEY (`id`)',
    ')',
  ].join('\n');

describe('what SHOW CREATE TABLE tells', () => {
  test.each([
    ['`c` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL', '`c` text COLLATE utf8mb4_bin NOT NULL'],
    ['`c` varchar(40) CHARACTER SET latin1 COLLATE latin1_bin', '`c` varchar(40) COLLATE latin1_bin'],
    ['`a``b c` char(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', '`a``b c` char(1) COLLATE utf8mb4_bin'],
    [
      "`c` set('a','b''),') CHARACTER SET latin1 COLLATE latin1_bin",
      "`c` set('a','b''),') COLLATE latin1_bin",
    ],
  ])('loses the character set that a collation tells anyway: %s', (shown, kept) => {
    expect(withoutImpliedCharacterSets(table(shown))).toBe(table(kept));
  });

  test.each([
    '`c` text CHARACTER SET latin1 NOT NULL',
    '`c` text COLLATE utf8mb4_bin NOT NULL',
    "`c` int NOT NULL COMMENT ' CHARACTER SET latin1 COLLATE latin1_bin'",
    "`c` varchar(9) DEFAULT '` char(3) CHARACTER SET latin1 COLLATE latin1_bin'",
    "`c` enum('a CHARACTER SET latin1 COLLATE latin1_bin') DEFAULT NULL",
    '` CHARACTER SET latin1 COLLATE latin1_bin` int',
  ])('else stays as it is: %s', (shown) => {
    expect(withoutImpliedCharacterSets(table(shown))).toBe(table(shown));
  });
});
