import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { TailraceError } from '../errors/tailrace-error.js';

/** Binds a server, and gives the port it got. Throws `TR_LISTEN_FAILED`. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new TailraceError('TR_LISTEN_FAILED', {
      what: `The lag endpoint cannot listen on ${host}:${port}.`,
      why: (error as Error).message,
      cause: error,
    });
  }
  return (server.address() as AddressInfo).port;
}
