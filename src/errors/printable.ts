/**
 * C0 and C1 controls, DEL, line and paragraph separators, and what turns the direction of text: names come from servers, and may not steer
 * a terminal, break a line of a log or show another order than they have.
 */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text of one line: what steers is shown by its number, as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(steering, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for texts that may have lines of their own, as error messages do. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
