/**
 * Bytes turned to base64 at once: the text in between is then small enough for the young generation, which forgets it at no
 * cost. One text of a whole statement would pile up among the long-lived objects. A multiple of three: no padding inside.
 */
const base64Step = 48 * 1024;

/** Bytes of the text that so many bytes become. */
export function base64Bytes(pieces: readonly Buffer[]): number {
  return Math.ceil(pieces.reduce((sum, { length }) => sum + length, 0) / 3) * 4;
}

/** The base64 text of pieces that belong together, a little at a time. */
export function* base64Text(pieces: readonly Buffer[]): Generator<string, void, undefined> {
  /** What did not make up three bytes at the end of the piece before. */
  let left: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    let at = 0;
    if (left.length > 0) {
      at = Math.min(3 - left.length, piece.length);
      left = Buffer.concat([left, piece.subarray(0, at)]);
      if (left.length < 3) continue;
      yield left.toString('base64');
    }
    const end = piece.length - ((piece.length - at) % 3);
    for (; at < end; at += base64Step) yield piece.toString('base64', at, Math.min(at + base64Step, end));
    left = piece.subarray(end);
  }
  if (left.length > 0) yield left.toString('base64');
}
