import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { streamFailure } from '../../../src/source/server/stream-failure.js';

/** What Node tells of a connection that the other side has reset. */
async function resetError(): Promise<unknown> {
  const server = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.resume();
  const [error] = (await once(socket, 'error')) as [unknown];
  server.close();
  return error;
}

describe('what ends a stream', () => {
  test('a source that is killed while the stream is being opened is lost, and refuses nothing', async () => {
    const error = await resetError();
    expect(error).toMatchObject({ code: 'ECONNRESET', errno: expect.any(Number) });
    expect(streamFailure(error, 'db1:3306')).toMatchObject({
      code: 'TR_SERVER_LOST',
      why: expect.stringContaining('ECONNRESET'),
    });
  });

  test.each([
    ['the server shuts down', 1053, 'TR_SERVER_LOST'],
    ['the session was killed', 3169, 'TR_SERVER_LOST'],
    ['the server went offline', 3032, 'TR_SERVER_LOST'],
    ['a proxy has lost the server', 2013, 'TR_SERVER_LOST'],
    ['there is no room for another connection', 1040, 'TR_SERVER_UNREACHABLE'],
    ['the user has too many connections', 1203, 'TR_SERVER_UNREACHABLE'],
    ['the password is wrong', 1045, 'TR_SERVER_ACCESS_DENIED'],
    ['a privilege is missing', 1227, 'TR_STREAM_REFUSED'],
    ['the binary log cannot be read', 1236, 'TR_STREAM_REFUSED'],
  ])('%s: error %i is %s', (_what, errno, code) => {
    expect(streamFailure({ errno, message: 'as the server puts it' }, 'db1:3306')).toMatchObject({ code });
  });
});
