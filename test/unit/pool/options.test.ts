import { describe, expect, test } from '@jest/globals';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import type { ReplicaPoolOptions } from '../../../src/pool/pool-options.js';
import { resolveOptions } from '../../../src/pool/resolve-options.js';

const source = 'mysql://app:s3cret%2F@db1:3307/shop?connectionLimit=40';

function refusal(options: object): string {
  try {
    resolveOptions(options as ReplicaPoolOptions);
  } catch (error) {
    if (error instanceof TailraceError && error.code === 'TR_POOL_OPTIONS') return error.render();
    throw error;
  }
  throw new Error('these options were to be refused');
}

describe('options of a pool', () => {
  test('servers are called by host and port, as daemons call them, and weigh the same', () => {
    const settings = resolveOptions({
      source,
      replicas: [
        'mysql://app@db2',
        { address: { host: '::1', user: 'app' }, id: 'near', weight: 300, zone: 'a' },
      ],
      hints: { url: 'http://127.0.0.1:9180' },
    });
    expect(settings.source).toMatchObject({ id: 'db1:3307', weight: 100, zone: null, connectionsMax: 40 });
    expect(settings.replicas.map(({ id, weight, zone }) => ({ id, weight, zone }))).toEqual([
      { id: 'db2:3306', weight: 100, zone: null },
      { id: 'near', weight: 300, zone: 'a' },
    ]);
    expect(settings.sourceReads).toEqual({ shareMax: 0.5, inFlightMax: 20, beyond: 'wait' });
    expect(settings.hints).toMatchObject({ ageMsMax: 5_000, token: null });
  });

  test('all mistakes are told at once, and no secret', () => {
    const text = refusal({
      source,
      replicas: [
        'mysql//app:hidden@db2',
        { address: source, id: 'db1:3307' },
        { address: source, weight: 0 },
      ],
      hints: { urls: ['http://user:hidden@x', 'ftp://x'], token: 'hidden\nx: y' },
      waitMsMax: -1,
      sourceReads: { shareMax: 2, beyond: 'sometimes' },
      probes: { heartbeatTable: 'heartbeat' },
    });
    for (const named of [
      'replicas[0] is no address',
      'two servers are called db1:3307',
      'replicas[2].weight',
      'hints.urls[0]',
      'hints.urls[1]',
      'hints.token',
      'waitMsMax',
      'sourceReads.shareMax',
      'sourceReads.beyond',
      'probes.heartbeatTable',
    ])
      expect(text).toContain(named);
    expect(text).not.toMatch(/hidden|s3cret/);
  });

  test.each([
    'mysql://app:hidden%@db2',
    'mysql://app:hidden%zz@db2/shop',
    'mysql://hidden%E0@db2',
    'mysql://app:hidden@db%zz',
    'mysql://app:hidden@db2/shop%c0',
  ])('an address with a stray percent sign is refused as any other wrong one: %j [P26]', (address) => {
    for (const given of [address, { uri: address }, { address }]) {
      const text = refusal({ source, replicas: [given as string], hints: null });
      expect(text).toContain(
        'replicas[0] is no address of the form mysql://user:password@host:port/database',
      );
      expect(text).not.toContain('hidden');
    }
  });

  test('a pool without a daemon says so', () => {
    expect(refusal({ source, replicas: [] })).toContain(
      'hints is missing; it is null where there is no daemon',
    );
    expect(resolveOptions({ source, replicas: [], hints: null }).hints).toBeNull();
  });
});
