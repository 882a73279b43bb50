import { createHash } from 'node:crypto';

/**
 * The identity under which a link reads: the same after a restart, so that the source ends the connection that a killed
 * process left behind instead of keeping it until it fails.
 */
export function linkReaderUuid(linkName: string): string {
  const hex = createHash('sha256').update(`tailrace reader ${linkName}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
