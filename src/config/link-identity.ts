import { createHash } from 'node:crypto';
import type { ServerAddress } from '../mysql/server-address.js';

const nameLengthMax = 64;
const hashLength = 8;

/**
 * The name of a link that was given none: `host:port` or the socket's path of its replica; a hash stands for the end of what
 * is longer than 64 characters.
 */
export function defaultLinkName(replica: ServerAddress): string {
  const host = replica.host.includes(':') ? `[${replica.host}]` : replica.host;
  const name = (replica.socketPath ?? `${host}:${replica.port}`).replaceAll(/\s/g, '_');
  if (name.length <= nameLengthMax) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength);
  return `${name.slice(0, nameLengthMax - hashLength - 1)}~${hash}`;
}

/**
 * A server_id in 2^31 to 2^32-1, the same for the same name every time: a link that comes back takes the place of its own
 * forgotten stream on the source, and people rarely number their servers that high.
 */
export function defaultServerId(linkName: string): number {
  return (createHash('sha256').update(linkName).digest().readUInt32BE(0) | 0x80000000) >>> 0;
}
