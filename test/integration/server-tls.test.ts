import { expect, test } from '@jest/globals';
import { get } from 'node:https';
import { exchangeBytes, FedServer } from '../support/fed-server.js';
import { replica } from '../support/hint-inputs.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';

test('over TLS, and only over TLS', async () => {
  const tls = selfSignedCertificate();
  const fed = await FedServer.start({ host: '0.0.0.0', tls });
  fed.feed.decide(0, [replica('r')]);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const options = {
      port: fed.server.port,
      path: '/v1/replicas/r/check',
      ca: tls.certificate,
      // The certificate names the host in the old place only.
      checkServerIdentity: () => undefined,
      agent: false as const,
    };
    get(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
  expect(status).toBe(200);
  const plain = await exchangeBytes(fed.server.port, 'GET /v1/hints HTTP/1.1\r\nhost: x\r\n\r\n', 1_000);
  expect(plain).not.toContain('200 OK');
  expect(plain).not.toContain('replicas');
  await fed.close();
});
