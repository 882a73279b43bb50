/**
 * An identifier in backticks: any Unicode, backticks doubled. Right under every sql_mode, ANSI_QUOTES too.
 * See "Schema Object Names" in the manual.
 */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** `` `schema`.`table` ``. */
export function quoteTable(schema: string, table: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** Nothing that a quote, a backslash escape or a connection character set could change. */
const plainText = /^[ -&(-[\]-~]*$/;

/**
 * A string literal that means the same under every sql_mode (NO_BACKSLASH_ESCAPES changes what a backslash does) and
 * every character_set_client: plain ASCII in single quotes, anything else as hexadecimal UTF-8.
 */
export function quoteString(text: string): string {
  if (plainText.test(text)) return `'${text}'`;
  return `_utf8mb4 x'${Buffer.from(text, 'utf8').toString('hex')}'`;
}

/** A binary string literal. */
export function quoteBytes(bytes: Uint8Array): string {
  return `x'${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'`;
}

/** What may stand for a `?` in a statement. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array;

/** A value as a literal; an error for anything that has no literal of its own (NaN, objects, undefined). */
export function quoteValue(value: unknown): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoteString(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return quoteBytes(value);
  throw new TypeError(`a ${typeof value} has no SQL literal`);
}

/**
 * Puts the values in place of the `?` of a statement, one for one. Every `?` of the text is a placeholder: write literals
 * that hold one as a value.
 */
export function formatStatement(sql: string, values: readonly unknown[]): string {
  const parts = sql.split('?');
  if (parts.length - 1 !== values.length) {
    throw new TypeError(
      `the statement has ${String(parts.length - 1)} placeholders, and ${String(values.length)} values came`,
    );
  }
  let text = parts[0] ?? '';
  for (let i = 0; i < values.length; i += 1) text += quoteValue(values[i]) + (parts[i + 1] ?? '');
  return text;
}
