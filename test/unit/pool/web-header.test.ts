import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { addHeader } from '../../../src/pool/web/add-header.js';
import { readSeal, seal } from '../../../src/pool/web/token-seal.js';

test.each([
  ['no headers', [200]],
  ['an object', [200, 'Fine', { 'set-cookie': 'own=1', 'x-other': '2' }]],
  ['an object with a list', [200, { 'Set-Cookie': ['own=1', 'third=3'] }]],
  ['names and values in turn', [200, ['Set-Cookie', 'own=1', 'x-other', '2', 'set-cookie', 'third=3']]],
  ['other names and values', [200, ['x-other', '2']]],
])('a header is added to an answer that is begun with %s, and nothing is lost', async (_name, given) => {
  const server = createServer((_request, response) => {
    response.setHeader('Set-Cookie', 'before=0');
    const head: unknown[] = [...given];
    addHeader(response, head, 'Set-Cookie', 'added=9');
    (response.writeHead as (...head: unknown[]) => unknown).apply(response, head);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  server.close();
  const cookies = response.headers.getSetCookie();
  expect(cookies).toContain('added=9');
  // What is given with the head replaces what was set before, as it does without us.
  expect(cookies).toContain(JSON.stringify(given).includes('own=1') ? 'own=1' : 'before=0');
  expect(cookies.includes('third=3')).toBe(JSON.stringify(given).includes('third=3'));
  if (JSON.stringify(given).includes('x-other')) expect(response.headers.get('x-other')).toBe('2');
});

test('a seal is opened by who made it, and by nobody else [P31]', () => {
  const sealed = seal('t1.abc', 'a secret of some length');
  expect(readSeal(sealed, 'a secret of some length')).toBe('t1.abc');
  for (const forged of [
    't1.abc',
    't1.abc~',
    '~',
    '',
    sealed.replace('abc', 'abd'),
    `${sealed}A`,
    sealed.slice(0, -1),
    seal('t1.abc', 'another secret of some length'),
  ]) {
    expect(readSeal(forged, 'a secret of some length')).toBe('');
  }
});
