import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { parseConfigText } from '../../../src/config/config-file.js';
import { endpointDefaults } from '../../../src/endpoint/endpoint-settings.js';
import { LagEndpoint } from '../../../src/endpoint/lag-endpoint.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import { hintDefaults } from '../../../src/hints/hint-settings.js';
import { serverLimits } from '../../../src/server/server-settings.js';
import { selfSignedCertificate } from '../../support/self-signed-certificate.js';

const servers = 'source: { url: mysql://u@s }\nreplicas: [{ url: mysql://u@r, name: r }]\n';
const secret = 'a-token-that-nobody-is-told';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-config-'));
  const tls = selfSignedCertificate();
  writeFileSync(join(folder, 'tls.crt'), tls.certificate);
  writeFileSync(join(folder, 'tls.key'), tls.key);
  writeFileSync(join(folder, 'token'), `${secret}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (text: string, env: Record<string, string> = {}, overrides = {}) =>
  parseConfigText(`${servers}${text}`, 'test.yaml', { env, folder }, overrides).endpoint;

function mistakesOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (!(error instanceof TailraceError)) throw error;
    expect(error.code).toBe('TR_CONFIG_INVALID');
    expect(error.render()).not.toContain(secret);
    return (error.why ?? '').split('\n').map((line) => line.trim());
  }
  return [];
}

describe('the lag endpoint', () => {
  test('is there only where it is asked for', () => {
    expect(parse('')).toBeNull();
    expect(parse('hints: { floor_replicas: 2 }')).toBeNull();
    expect(parse('listen: {}')).toEqual({
      ...endpointDefaults,
      http: { host: '127.0.0.1', port: 9180 },
      replicas: new Map([['r', { zone: null, weight: 100, gtidReader: null }]]),
    });
  });

  test('is what the file says', () => {
    const endpoint = parseConfigText(
      `source: { url: mysql://u@s }
replicas:
  - { url: mysql://u@a, zone: north, weight: 300, gtid_reader: '[::1]:6020' }
  - { url: mysql://u@b, name: b }
listen:
  address: 0.0.0.0:443
  agent: 192.0.2.1:9181
  open_protocols: true
  tls: { certificate_file: tls.crt, key_file: tls.key }
  read_token_file: token
  admin_token_env: BOSS
  failover_epoch: 3
  throttle_above_ms: 500
  hot_keys: false
  limits: { streams_max: 7, hints_age_ms_max: 3000 }
hints: { eject_above_ms: 60000, shed_share_min: 0.2, zone_distances: { north: { south: 3 } } }
heartbeat: { table: percona.heartbeat, write_on: source, interval_ms: 500 }
`,
      'test.yaml',
      { env: { BOSS: 'admin-token', TAILRACE_READ_TOKEN: 'not this one' }, folder },
    ).endpoint;
    expect(endpoint).toEqual({
      http: { host: '0.0.0.0', port: 443 },
      agent: { host: '192.0.2.1', port: 9181 },
      openProtocols: true,
      tls: {
        certificate: readFileSync(join(folder, 'tls.crt'), 'utf8'),
        key: readFileSync(join(folder, 'tls.key'), 'utf8'),
      },
      rereadTls: expect.any(Function),
      readToken: secret,
      adminToken: 'admin-token',
      failoverEpoch: 3,
      throttleAboveMs: 500,
      hotKeys: false,
      limits: { ...serverLimits, streamsMax: 7, hintsAgeMsMax: 3_000 },
      hints: {
        ...hintDefaults,
        ejectAboveMs: 60_000,
        shedShareMin: 0.2,
        zoneDistances: { north: { south: 3 } },
      },
      heartbeat: { schema: 'percona', table: 'heartbeat', writeOn: 'source', intervalMs: 500 },
      replicas: new Map([
        ['a:3306', { zone: 'north', weight: 300, gtidReader: { host: '::1', port: 6020 } }],
        ['b', { zone: null, weight: 100, gtidReader: null }],
      ]),
    });
  });

  test('is refused where other machines could ask without a token and without TLS [P19]', () => {
    const start = (text: string, env: Record<string, string> = {}): LagEndpoint => {
      const { links, endpoint } = parseConfigText(`${servers}${text}`, 'test.yaml', { env, folder });
      return new LagEndpoint([links[0]!], endpoint!, pino({ level: 'silent' }));
    };
    expect(() => start('listen: { address: 0.0.0.0:0 }')).toThrow(/^TR_LISTEN_OPEN/);
    expect(() => start('listen: { address: 0.0.0.0:0 }', { TAILRACE_READ_TOKEN: secret })).not.toThrow();
    const tls = 'tls: { certificate_file: tls.crt, key_file: tls.key }';
    expect(() => start(`listen: { address: 0.0.0.0:0, ${tls} }`)).not.toThrow();
    expect(() => start(`listen: { agent: 0.0.0.0:0, ${tls} }`)).toThrow(/^TR_LISTEN_OPEN/);
    expect(() => start('listen: { agent: 0.0.0.0:0, open_protocols: true }')).not.toThrow();
  });

  test('listens where the command line says, if that says anything', () => {
    const text = 'listen: { address: 127.0.0.1:1, agent: 127.0.0.1:2 }';
    const overridden = parse(text, {}, { listen: { address: '127.0.0.1:3' } });
    expect(overridden).toMatchObject({ http: { port: 3 }, agent: { port: 2 } });
    expect(parse('', {}, { listen: { address: '127.0.0.1:3' } })).toMatchObject({ http: { port: 3 } });
    expect(parse('', {}, { listen: { agent: '127.0.0.1:3' } })).toBeNull();
  });

  test('takes tokens from the environment where the file names none', () => {
    const env = { TAILRACE_READ_TOKEN: 'reader', TAILRACE_ADMIN_TOKEN: 'boss' };
    expect(parse('listen: {}', env)).toMatchObject({ readToken: 'reader', adminToken: 'boss' });
    expect(mistakesOf('listen: {}', { TAILRACE_READ_TOKEN: `${secret} twice` })).toEqual([
      'test.yaml:3:9 listen: TAILRACE_READ_TOKEN: a token is made of printable ASCII characters without spaces',
    ]);
  });
});

describe('mistakes', () => {
  test('are all named at once, each with its line and column', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(join(folder, 'other.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'spaced'), `${secret} ${secret}\n`);
    expect(
      mistakesOf(`listen:
  address: 9180
  agents: 127.0.0.1:1
  hot_keys: yes please
  limits: { streams_max: -1, stream_max: 5 }
  read_token_file: spaced
  admin_token_file: nowhere
  admin_token_env: ALSO
hints:
  degrade_until_ms: 9000
  eject_above_ms: 4000
  shed_share_min: 0
  shed_from_connection_share: most
  flap_reuse: 3
  zone_distances: { a: { b: -1 } }
heartbeat: { table: heartbeat, write_on: both }
`),
    ).toEqual([
      'test.yaml:4:12 listen.address: must be a text',
      'test.yaml:5:3 listen.agents: there is no such setting; did you mean agent?',
      'test.yaml:6:13 listen.hot_keys: must be true or false',
      'test.yaml:7:26 listen.limits.streams_max: must be 0 or more',
      'test.yaml:7:30 listen.limits.stream_max: there is no such setting; did you mean streams_max?',
      'test.yaml:8:20 listen.read_token_file: a token is made of printable ASCII characters without spaces',
      'test.yaml:9:21 listen.admin_token_file: the token is given by admin_token_file and admin_token_env; give it once',
      'test.yaml:12:21 hints.degrade_until_ms: must be below degrade_above_ms, which is 5000 by default',
      'test.yaml:13:19 hints.eject_above_ms: must be above eject_until_ms, which is 10000 by default',
      'test.yaml:14:19 hints.shed_share_min: must be 0.01 or more',
      'test.yaml:15:31 hints.shed_from_connection_share: must be a number',
      'test.yaml:16:15 hints.flap_reuse: must be below flap_suppress, which is 3 by default',
      'test.yaml:17:29 hints.zone_distances.a.b: must be 0 or more',
      'test.yaml:18:21 heartbeat.table: write a table as schema.table',
      'test.yaml:18:42 heartbeat.write_on: must be one of source, replica',
    ]);
  });

  test.each([
    ['missing', 'nowhere.crt', 'tls.key', 'certificate_file: that file cannot be read (ENOENT)'],
    ['no certificate', 'token', 'tls.key', 'certificate_file: holds no certificate in PEM'],
    ['no key', 'tls.crt', 'token', 'key_file: holds no private key in PEM'],
    ['protected', 'tls.crt', 'protected.key', 'key_file: is protected by a passphrase; give it without'],
    ['of another', 'tls.crt', 'stranger.key', 'key_file: is not the key of the certificate'],
  ])('a certificate or key that is %s is named before anything starts [P19]', (_, certificate, key, told) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const protectedKey = privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: secret,
    });
    writeFileSync(join(folder, 'protected.key'), protectedKey);
    writeFileSync(join(folder, 'stranger.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const mistakes = mistakesOf(`listen: { tls: { certificate_file: ${certificate}, key_file: ${key} } }`);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(`listen.tls.${told}`);
  });

  test('what only the endpoint does is not left undone without a word', () => {
    expect(mistakesOf('heartbeat: { table: a.b, write_on: source }')).toEqual([
      'test.yaml:3:12 heartbeat: needs the lag endpoint; add a listen group, an empty one ({}) will do',
    ]);
  });

  test('no two listen at one address', () => {
    expect(mistakesOf('listen: { agent: 127.0.0.1:9180 }')).toEqual([
      'test.yaml:3:18 listen.agent: is already that of listen.address',
    ]);
    expect(mistakesOf('listen: { address: 127.0.0.1:0, agent: 127.0.0.1:0 }')).toEqual([]);
  });
});
