/** A column's name and type, as SHOW CREATE TABLE begins its line, in front of a character set and a collation. */
const columnWithCollation =
  /^( {2}`(?:[^`]|``)*` \w+(?:\((?:\d+|'(?:[^']|'')*'(?:,'(?:[^']|'')*')*)\))?) CHARACTER SET \w+(?= COLLATE \w)/gm;

/**
 * What SHOW CREATE TABLE tells, without the character sets of columns that their collations tell anyway. A server writes
 * CREATE TABLE … SELECT, and a table to which it gives an invisible key, to its binary log with the collation of each
 * column: a replica, MySQL's own as well, then shows both where the source shows the collation.
 */
export function withoutImpliedCharacterSets(definition: string): string {
  return definition.replace(columnWithCollation, '$1');
}
