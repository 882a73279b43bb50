const digitsPerGroup = 9;
const groupBytes = 4;
const leftoverBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/** A big-endian number of `digits` decimal digits as text, with its leading zeros. */
function digitsAt(bytes: Buffer, at: number, digits: number): string {
  const length = leftoverBytes[digits] ?? groupBytes;
  return digits === 0 ? '' : String(bytes.readUIntBE(at, length)).padStart(digits, '0');
}

/**
 * The text of a DECIMAL value, e.g. `-12.30`. Groups of nine digits take four bytes, what is left over at either end takes
 * fewer; the first bit is the sign, inverted, and a negative number has all its bits inverted (strings/decimal.cc).
 */
export function decimalText(value: Buffer, precision: number, scale: number): string {
  const bytes = Buffer.from(value);
  const negative = ((bytes[0] ?? 0) & 0x80) === 0;
  bytes[0] = (bytes[0] ?? 0) ^ 0x80;
  if (negative) for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ 0xff;

  const wholeDigits = precision - scale;
  let at = 0;
  let whole = digitsAt(bytes, at, wholeDigits % digitsPerGroup);
  at += leftoverBytes[wholeDigits % digitsPerGroup] ?? 0;
  for (let left = Math.floor(wholeDigits / digitsPerGroup); left > 0; left--, at += groupBytes) {
    whole += digitsAt(bytes, at, digitsPerGroup);
  }
  let fraction = '';
  for (let left = Math.floor(scale / digitsPerGroup); left > 0; left--, at += groupBytes) {
    fraction += digitsAt(bytes, at, digitsPerGroup);
  }
  fraction += digitsAt(bytes, at, scale % digitsPerGroup);
  const text = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${negative ? '-' : ''}${text}${fraction === '' ? '' : `.${fraction}`}`;
}
