import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openConnection } from '../../src/mysql/server-connection.js';
import { CertificateAuthority, type Issued } from '../support/certificate-authority.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { tailrace, urlOf } from '../support/tailrace-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-certificates-'));
const authority = new CertificateAuthority('an authority');
const stranger = new CertificateAuthority('another authority');

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function files(name: string, { certificate, key }: Issued): { readonly cert: string; readonly key: string } {
  return { cert: file(`${name}.pem`, certificate), key: file(`${name}.key`, key) };
}

const ca = file('ca.pem', authority.certificate);
const strangers = file('stranger.pem', stranger.certificate);
const client = files('client', authority.issue('tailrace'));
const lab = useLab();

/** Gives a running server another certificate. */
async function shows(
  server: Awaited<ReturnType<typeof lab>>['replica'],
  name: string,
  names: readonly string[],
) {
  const { cert, key } = files(name, authority.issue('a server', names));
  await sql(
    server,
    `SET GLOBAL ssl_ca = '${ca}', GLOBAL ssl_cert = '${cert}', GLOBAL ssl_key = '${key}'`,
    'ALTER INSTANCE RELOAD TLS',
  );
}

beforeAll(async () => {
  const { source, replica, onSource } = await lab();
  for (const server of [source, replica]) {
    await shows(server, 'by-address', ['127.0.0.1']);
    await sql(
      server,
      'SET sql_log_bin = 0',
      "CREATE USER proven@'%' IDENTIFIED BY 'secret' REQUIRE X509",
      "GRANT ALL ON *.* TO proven@'%' WITH GRANT OPTION",
    );
  }
  await sql(
    onSource,
    'CREATE DATABASE d',
    'CREATE TABLE d.t (id INT PRIMARY KEY)',
    'INSERT INTO d.t VALUES (1)',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('tls: verify', () => {
  test('the certificate of the address is taken; one of localhost, of another address or authority is not [P40]', async () => {
    const { replica } = await lab();
    const address = { ...replica.address, host: '127.0.0.1', tls: 'verify' as const, tlsFiles: { ca } };
    const connect = async (more: object = {}): Promise<unknown> => {
      const connection = await openConnection({ ...address, ...more });
      const cipher = await sqlValue(connection, "SHOW STATUS LIKE 'Ssl_version'");
      await connection.close();
      return cipher;
    };
    const refused = { code: 'TR_SERVER_UNREACHABLE' };
    expect(await connect()).toBe('Ssl_version');
    // Again, so that a session could be taken up that was verified before.
    expect(await connect()).toBe('Ssl_version');
    await expect(connect({ host: 'localhost' })).rejects.toMatchObject(refused);
    await expect(connect({ tlsFiles: { ca: strangers } })).rejects.toMatchObject(refused);
    await expect(connect({ tlsFiles: {} })).rejects.toMatchObject(refused);
    await expect(connect({ tlsFiles: { ca: join(folder, 'none.pem') } })).rejects.toMatchObject(refused);
    try {
      await shows(replica, 'by-name', ['localhost']);
      for (let i = 0; i < 2; i++) await expect(connect()).rejects.toMatchObject(refused);
      expect(await connect({ host: 'localhost' })).toBe('Ssl_version');
      await shows(replica, 'by-another', ['127.0.0.2']);
      for (let i = 0; i < 2; i++) await expect(connect()).rejects.toMatchObject(refused);
    } finally {
      await shows(replica, 'by-address', ['127.0.0.1']);
    }
  });

  test('a link with its own certificate: source, stream and replica [P40]', async () => {
    const { source, replica, onReplica, onSource } = await lab();
    const url = ({ address }: typeof source): string =>
      `${urlOf({ ...address, host: '127.0.0.1', user: 'proven', password: 'secret' })}?tls=verify`;
    const servers = ['--source', url(source), '--replica', url(replica)];
    const given = ['source', 'replica'].flatMap((server) => [
      ...[`--${server}-tls-ca-file`, ca, `--${server}-tls-certificate-file`, client.cert],
      ...[`--${server}-tls-key-file`, client.key],
    ]);
    const { code, stderr } = await tailrace(['catchup', ...servers, ...given]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM d.t')).toBe('1');
    const without = ['source', 'replica'].flatMap((server) => [`--${server}-tls-ca-file`, ca]);
    expect(await tailrace(['catchup', ...servers, ...without])).toMatchObject({ code: 5 });

    await sql(onSource, 'INSERT INTO d.t VALUES (2)');
    const config = file(
      'tailrace.yaml',
      ['source', 'replica']
        .map((role) => {
          const server = role === 'source' ? source : replica;
          const text = `{url: "${url(server)}", tls_ca_file: ca.pem, tls_certificate_file: client.pem, tls_key_file: client.key}`;
          return role === 'source' ? `source: ${text}` : `replicas: [${text}]`;
        })
        .join('\n'),
    );
    const check = await tailrace(['check', '--config', config]);
    expect(check).toMatchObject({ code: 0 });
  });

  test('files that cannot be used are told before anything starts', async () => {
    const config = file(
      'wrong.yaml',
      'source: {url: "mysql://u@h?tls=verify", tls_ca_file: none.pem, tls_key_file: ca.pem}\n' +
        'replicas: [{url: "mysql://u@h", tls_ca_file: ca.pem}]\n',
    );
    const { code, stderr } = await tailrace(['check', '--config', config]);
    expect(code).toBe(2);
    expect(stderr).toContain('source.tls_ca_file: that file cannot be read');
    expect(stderr).toContain('source.tls_key_file: holds no private key');
    expect(stderr).toMatch(/replicas.*tls_ca_file: needs tls: verify/);
  });
});
