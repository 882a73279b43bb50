import { expect, test } from '@jest/globals';
import { redactReason, redactStatement } from '../../../src/statement/redact-statement.js';

const hash = '$A$005$abcDEF';

test.each([
  `CREATE USER 'u'@'%' IDENTIFIED WITH 'caching_sha2_password' AS '${hash}' REQUIRE NONE`,
  `ALTER USER u@h IDENTIFIED WITH mysql_native_password AS "${hash}"`,
  `CREATE USER u IDENTIFIED BY '${hash}' REPLACE '${hash}' RETAIN CURRENT PASSWORD`,
  `CREATE USER u IDENTIFIED BY PASSWORD '${hash}'`,
  `CREATE USER u IDENTIFIED WITH x AS 0x${Buffer.from(hash).toString('hex')}`,
  `CREATE USER u IDENTIFIED WITH x AS _binary x'${Buffer.from(hash).toString('hex')}'`,
  `CREATE USER u IDENTIFIED /* by */ BY /* it */ '${hash}'`,
  `CREATE USER u IDENTIFIED VIA mysql_native_password USING '${hash}' OR unix_socket OR ed25519 USING PASSWORD('${hash}')`,
  `GRANT SELECT ON *.* TO u IDENTIFIED BY '${hash}'`,
  `SET PASSWORD FOR 'u'@'%' = '${hash}'`,
  `SET PASSWORD FOR u = PASSWORD('${hash}')`,
  `SET PASSWORD = '${hash}'`,
  `CHANGE REPLICATION SOURCE TO SOURCE_HOST='h', SOURCE_PASSWORD='${hash}'`,
  `CHANGE MASTER TO MASTER_PASSWORD = "${hash}"`,
  `CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD '${hash}')`,
  `UPDATE mysql.user SET authentication_string = '${hash}'`,
  `CREATE USER a IDENTIFIED BY 'it''s ${hash}', b IDENTIFIED BY 'x\\'${hash}'`,
  `CREATE USER a IDENTIFIED BY '${hash}`,
])('the secret in %s is not shown [P12]', (statement) => {
  const text = redactStatement(statement);
  expect(text).toContain('<secret>');
  expect(text).not.toContain('005');
  expect(text).not.toContain(Buffer.from(hash).toString('hex'));
  expect(text.startsWith(statement.slice(0, 8))).toBe(true);
});

test('the part of a statement that a server quotes is redacted too, other statements are shown as they are', () => {
  const statement = `CREATE USER u IDENTIFIED WITH x AS '${hash}' WRONG`;
  expect(redactReason(`near '${hash}' WRONG' at line 1`, statement)).not.toContain('005');
  const plain = "SELECT a AS 'b' FROM t USING 'x'";
  expect(redactStatement(plain)).toBe(plain);
});
