import { expect, test } from '@jest/globals';
import { get } from 'node:https';
import { pino } from 'pino';
import { CertificateRenewal } from '../../src/endpoint/certificate-renewal.js';
import type { TlsTexts } from '../../src/server/server-settings.js';
import { exchangeBytes, FedServer } from '../support/fed-server.js';
import { replica } from '../support/hint-inputs.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { waitFor } from '../support/wait-for.js';

/** The status of a check, for a client that trusts this certificate and no other. */
function check({ server }: FedServer, { certificate }: TlsTexts): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      port: server.port,
      path: '/v1/replicas/r/check',
      ca: certificate,
      // The certificate names the host in the old place only.
      checkServerIdentity: () => undefined,
      agent: false as const,
    };
    get(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

test('over TLS, and only over TLS', async () => {
  const tls = selfSignedCertificate();
  const fed = await FedServer.start({ host: '0.0.0.0', tls });
  fed.feed.decide(0, [replica('r')]);
  expect(await check(fed, tls)).toBe(200);
  const plain = await exchangeBytes(fed.server.port, 'GET /v1/hints HTTP/1.1\r\nhost: x\r\n\r\n', 1_000);
  expect(plain).not.toContain('200 OK');
  expect(plain).not.toContain('replicas');
  await fed.close();
});

test('a certificate that is replaced is used from then on, and one that cannot be used is not', async () => {
  const [old, renewed] = [selfSignedCertificate(), selfSignedCertificate()];
  const fed = await FedServer.start({ tls: old });
  fed.feed.decide(0, [replica('r')]);
  let onDisk: TlsTexts | null = old;
  const told: unknown[] = [];
  const renewal = new CertificateRenewal({
    tls: old,
    reread: (tellWhy) => {
      if (onDisk === null) tellWhy('key_file is not the key of the certificate');
      return onDisk;
    },
    apply: (tls) => fed.server.renewCertificate(tls),
    log: pino({ level: 'info' }, { write: (line: string) => void told.push(JSON.parse(line)) }),
    everyMs: 10,
  });
  renewal.start();
  onDisk = null;
  await waitFor(() => told.length > 0, { what: 'a warning' });
  expect(told).toMatchObject([{ why: 'key_file is not the key of the certificate' }]);
  expect(await check(fed, old)).toBe(200);
  onDisk = renewed;
  await waitFor(() => told.length > 1, { what: 'a new certificate' });
  expect(await check(fed, renewed)).toBe(200);
  await expect(check(fed, old)).rejects.toThrow();
  renewal.close();
  await fed.close();
});
