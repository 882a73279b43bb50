/** What a secret is shown as. */
const shown = "'<secret>'";

/** Only statements with one of these words hold a secret in a place that is known. */
const maySay = /IDENTIFIED|PASSWORD|AUTHENTICATION/i;
const gap = String.raw`(?:\s|\/\*[^]*?\*\/)*`;
/** A text, also one that is cut off at its end, or a hexadecimal literal. */
const literal = String.raw`(?:_\w+${gap})?(?:[xXnN]?'(?:[^'\\]|\\[^]|'')*(?:'|$)|"(?:[^"\\]|\\[^]|"")*(?:"|$)|0[xX][0-9a-fA-F]+)`;
/** The name of a plugin, in quotes, may end in PASSWORD, too. */
const secret = new RegExp(
  String.raw`(\b(?:BY|AS|USING|REPLACE|AUTHENTICATION_STRING|(?<!['"\x60]\w*)\w*PASSWORD)\b${gap}` +
    String.raw`(?:PASSWORD\b${gap})?(?:[=(]${gap})?(?:PASSWORD\b${gap}\(${gap})?)(${literal})`,
  'gi',
);
/** An account stands between. */
const setPassword = new RegExp(
  String.raw`(\bSET\s+PASSWORD\s+FOR\b[^=]*=${gap}(?:\w*PASSWORD${gap}\(${gap})?)(${literal})`,
  'gi',
);

/** A statement for people: passwords and their hashes, which no log and no error may show, are taken out. */
export function redactStatement(statement: string): string {
  if (!maySay.test(statement)) return statement;
  return statement.replace(setPassword, `$1${shown}`).replace(secret, `$1${shown}`);
}

/** What a server says of a statement, without the secrets in it: of one that it cannot read it quotes a part. */
export function redactReason(reason: string, statement: string): string {
  if (!maySay.test(statement)) return reason;
  let redacted = redactStatement(reason);
  for (const pattern of [setPassword, secret]) {
    for (const [, , own = ''] of statement.matchAll(pattern)) {
      const inner = own.replace(/^[^'"]*['"]|['"]$/g, '');
      if (inner.length > 3) redacted = redacted.replaceAll(inner, '<secret>');
    }
  }
  return redacted;
}
