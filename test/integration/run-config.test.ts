import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { useLab } from '../support/lab.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { sql } from '../support/sql.js';
import { tailrace, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();
const token = 'reading-needs-this';
const tls = selfSignedCertificate();
let folder: string;
let file: string;
let daemon: TailraceProcess;
let port = 0;

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(path: string, headers = { authorization: `Bearer ${token}` }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The certificate names the host in the old place only.
    const options = { port, path, headers, ca: tls.certificate, checkServerIdentity: () => undefined };
    get(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}

const check = async (query: string): Promise<number> => (await ask(`/v1/replicas/r/check${query}`)).status;

beforeAll(async () => {
  const { source, replica, onSource } = await lab();
  folder = mkdtempSync(join(tmpdir(), 'tailrace-run-'));
  file = join(folder, 'tailrace.yaml');
  writeFileSync(join(folder, 'tls.crt'), tls.certificate);
  writeFileSync(join(folder, 'tls.key'), tls.key);
  writeFileSync(join(folder, 'token'), token);
  writeFileSync(
    file,
    `source: { url: "${urlOf(source.address)}" }
link: { lanes: 1 }
replicas: [{ url: "${urlOf(replica.address)}", name: r, zone: north, weight: 250 }]
listen:
  address: 127.0.0.1:1
  tls: { certificate_file: tls.crt, key_file: tls.key }
  read_token_file: token
  failover_epoch: 7
  throttle_above_ms: 200
hints:
  degrade_above_ms: 200
  degrade_until_ms: 100
  eject_above_ms: 400
  eject_until_ms: 300
  worse_hold_ms: 0
  better_hold_ms: 0
  floor_replicas: 0
`,
  );
  await sql(onSource, 'CREATE DATABASE l', 'CREATE TABLE l.fast (id INT PRIMARY KEY)');
  await sql(
    onSource,
    'CREATE TABLE l.slow (id INT PRIMARY KEY)',
    'CREATE VIEW l.seen AS SELECT * FROM l.slow',
  );
  daemon = new TailraceProcess(['run', '--config', file, '--listen', '127.0.0.1:0']);
  await daemon.says('the lag endpoint listens');
  port = Number(/"port":(\d+)/.exec(daemon.stderr)?.[1]);
});
afterAll(async () => {
  if (!daemon.hasEnded) daemon.signal('SIGKILL');
  await daemon.end();
  rmSync(folder, { recursive: true });
});

describe('run --config', () => {
  test('serves hints as the file says: over TLS, for those who have the token, with zone and weight', async () => {
    await waitFor(async () => (await check('')) === 200, { what: 'a replica that serves' });
    expect((await ask('/v1/hints', { authorization: 'Bearer none' })).status).toBe(401);
    const { text } = await ask('/v1/hints');
    expect(JSON.parse(text)).toMatchObject({
      epoch: 7,
      replicas: [{ id: 'r', zone: 'north', full_weight: 250 }],
    });
    const plain = fetch(`http://127.0.0.1:${port}/livez`).then(({ status }) => status);
    await expect(plain).rejects.toThrow();
  });

  test('a replica that is behind on one table is fresh for another, and writers have to wait [P18]', async () => {
    const { onSource, onReplica } = await lab();
    await sql(onSource, 'INSERT INTO l.fast VALUES (1)', 'INSERT INTO l.slow VALUES (1)');
    const rows = async (): Promise<number> => (await onReplica.query('SELECT id FROM l.slow')).length;
    await waitFor(async () => (await rows()) === 1, { what: 'rows on the replica' });
    await sql(onReplica, 'SET sql_log_bin = 0', 'BEGIN', 'INSERT INTO l.slow VALUES (2)');
    try {
      await sql(onSource, 'INSERT INTO l.slow VALUES (2)');
      await waitFor(async () => (await check('?max_lag_ms=400')) === 503, { what: 'lag' });
      await waitFor(async () => (await ask('/v1/hints')).text.includes('"ejected"'), { what: 'an ejection' });
      expect(await check('')).toBe(503);
      const fresh = '?table=l.fast&max_lag_ms=400';
      await waitFor(async () => (await check(fresh)) === 200, { what: 'a table that is fresh' });
      for (const table of ['l.slow', 'l.fast,l.slow', 'l.seen', 'l.misspelt'])
        expect(await check(`?table=${table}&max_lag_ms=400`)).toBe(503);
      const mayWrite = await ask('/check/archive/mysql/all');
      expect(JSON.parse(mayWrite.text)).toMatchObject({ StatusCode: 429, Threshold: 0.2 });
      // A statement may change any table.
      await sql(onSource, 'TRUNCATE TABLE l.fast');
      await waitFor(async () => (await check('?table=l.fast&max_lag_ms=400')) === 503, {
        what: 'a statement',
      });
    } finally {
      await sql(onReplica, 'ROLLBACK');
    }
    await waitFor(async () => (await check('?max_lag_ms=400')) === 200, {
      what: 'a replica that is level again',
    });
    // That is a lag of 200 ms at most, sooner or later than the other.
    const mayGoOn = async (): Promise<boolean> => (await ask('/check/archive/mysql/all')).status === 200;
    await waitFor(mayGoOn, { what: 'writers to go on' });
  });

  test('metrics tell rates, times and the clock of the source', async () => {
    const { onSource } = await lab();
    const nowSeconds = Date.now() / 1_000;
    await sql(onSource, 'INSERT INTO l.fast VALUES (7)');
    const read = async (name: string): Promise<number> => {
      const { text } = await ask('/metrics');
      return Number(new RegExp(`^tailrace_${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
    };
    await waitFor(async () => (await read('replica_applied_commit_timestamp_seconds')) >= nowSeconds, {
      what: 'the commit to be applied',
    });
    await waitFor(async () => Math.abs(await read('replica_lag_trend')) <= 1, { what: 'a trend' });
    await waitFor(async () => (await read('replica_level_in_seconds')) === 0, { what: 'a level replica' });
    expect(await read('replica_applied_transactions_per_second')).toBeGreaterThanOrEqual(0);
    // Both clocks are this machine's.
    const offset = await read('replica_clock_offset_seconds');
    expect(Math.abs(offset)).toBeLessThan(0.1 + (await read('replica_clock_uncertainty_seconds')));
    expect(await read('replica_source_heard_timestamp_seconds')).toBeGreaterThan(nowSeconds - 60);
    expect(await read('link_state')).toBe(0);
    expect((await ask('/metrics')).text).toContain('tailrace_link_state{replica="r",state="following"}');
  });

  test('a key that does not belong to the certificate is named before anything starts [P19]', async () => {
    writeFileSync(join(folder, 'tls.key'), selfSignedCertificate().key);
    const { code, stderr } = await tailrace(['run', '--config', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/TR_CONFIG_INVALID[^]*tailrace\.yaml:6:\d+ listen\.tls\.key_file: is not the key/);
  });
});
