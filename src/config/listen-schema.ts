import * as z from 'zod';
import {
  endpointDefaults,
  heartbeatIntervalMsDefault,
  replicaEndpointDefaults,
} from '../endpoint/endpoint-settings.js';
import { parseListenAddress } from '../endpoint/listen-address.js';
import { serverLimits, type ServerLimits } from '../server/server-settings.js';
import { zoneName } from './hints-schema.js';
import { settingName } from './setting-name.js';
import { variableName } from './variable-name.js';

/** Where `listen` without an address listens. */
export const listenAddressDefault = '127.0.0.1:9180';

const listenAddress = z
  .string()
  .refine((text) => parseListenAddress(text) !== null, 'is written HOST:PORT, an IPv6 address in brackets');

const file = z.string().min(1);
const minuteMs = 60_000;

const limits: Readonly<Record<keyof ServerLimits, readonly [min: number, max: number, description: string]>> =
  {
    connectionsMax: [1, 100_000, 'Concurrent connections.'],
    headerBytesMax: [1_024, 1_048_576, 'Size of the headers of a request, in bytes.'],
    bodyBytesMax: [1_024, 1_048_576, 'Size of the body of a request, in bytes.'],
    requestMsMax: [100, 10 * minuteMs, 'Time from the first byte of a request to its last.'],
    pollsMax: [0, 100_000, 'Concurrent long polls.'],
    streamsMax: [0, 100_000, 'Concurrent listeners of a stream.'],
    waitsMax: [0, 100_000, 'Concurrent requests that wait for transactions.'],
    holdMsMax: [0, 10 * minuteMs, 'Longest time that a request may ask to be held.'],
    stalledMsMax: [1_000, 10 * minuteMs, 'A listener that accepts no data for this time is disconnected.'],
    orderMsMax: [1_000, 30 * 24 * 60 * minuteMs, 'Longest duration of a drain or maintenance order.'],
    hintsAgeMsMax: [1_000, 10 * minuteMs, 'Hints older than this are not used in answers.'],
  };

const limitNames = Object.keys(limits) as (keyof ServerLimits)[];

const limitsSchema = z.strictObject(
  Object.fromEntries(
    limitNames.map((name) => {
      const [min, max, description] = limits[name];
      return [
        settingName(name),
        z.int().min(min).max(max).optional().meta({ description, default: serverLimits[name] }),
      ];
    }),
  ),
);

/** The `listen` group: the lag endpoint. */
export const listenSchema = z.strictObject({
  address: listenAddress.optional().meta({
    description: 'HOST:PORT of the HTTP server. An address other than loopback requires a read token or TLS.',
    default: listenAddressDefault,
  }),
  agent: listenAddress.optional().meta({ description: "HOST:PORT for HAProxy's agent checks." }),
  open_protocols: z.boolean().optional().meta({
    description:
      'Allows agent and gtid_reader to listen on addresses other than loopback. Their protocols have no token.',
    default: endpointDefaults.openProtocols,
  }),
  tls: z
    .strictObject({
      certificate_file: file.meta({
        description:
          'PEM file: the certificate, then those that signed it. tailrace checks the file once a minute and uses a renewed certificate for new connections.',
      }),
      key_file: file.meta({
        description: 'PEM file: the private key of that certificate, without a passphrase.',
      }),
    })
    .optional()
    .meta({
      description:
        'Serves HTTPS instead of HTTP. Relative paths start at the folder of the configuration file.',
    }),
  read_token_file: file.optional().meta({
    description:
      'File whose first line is the token that every request must bring. Alternative: the variable TAILRACE_READ_TOKEN.',
  }),
  read_token_env: variableName
    .optional()
    .meta({ description: 'Name of the environment variable that holds the read token.' }),
  admin_token_file: file.optional().meta({
    description:
      'File whose first line is the token for drain and maintenance orders. Alternative: the variable TAILRACE_ADMIN_TOKEN.',
  }),
  admin_token_env: variableName
    .optional()
    .meta({ description: 'Name of the environment variable that holds the admin token.' }),
  failover_epoch: z.int().min(1).max(1_000_000_000).optional().meta({
    description:
      'The epoch of the hints. Raise it by one when another server has become the source; clients that have seen the new epoch then discard hints about the old source.',
    default: endpointDefaults.failoverEpoch,
  }),
  throttle_above_ms: z.int().min(1).max(86_400_000).optional().meta({
    description: 'Lag above which /check tells bulk writers to wait.',
    default: endpointDefaults.throttleAboveMs,
  }),
  hot_keys: z.boolean().optional().meta({
    description: 'Whether the dashboard shows the keys of rows that change often. They may be personal data.',
    default: endpointDefaults.hotKeys,
  }),
  limits: limitsSchema.optional().meta({ description: 'Limits on what clients may use.' }),
});

/** The `heartbeat` group. */
export const heartbeatSchema = z.strictObject({
  table: z
    .string()
    .regex(/^[^.]{1,64}\.[^.]{1,64}$/, 'write a table as schema.table')
    .meta({
      description: "schema.table, in pt-heartbeat's format. tailrace creates it if it is missing.",
    }),
  write_on: z.enum(['source', 'replica']).meta({
    description:
      'source: tailrace writes it on the source, and it replicates. replica: tailrace maintains it on every replica, from the position that the replica has applied.',
  }),
  interval_ms: z
    .int()
    .min(100)
    .max(60 * minuteMs)
    .optional()
    .meta({
      description: 'Interval between two heartbeats.',
      default: heartbeatIntervalMsDefault,
    }),
});

/** What a replica may be given for the lag endpoint. */
export const replicaEndpointFields = {
  zone: zoneName
    .optional()
    .meta({ description: 'Zone of the replica. Readers prefer replicas of their own zone.' }),
  weight: z.int().min(1).max(1_000_000).optional().meta({
    description: 'Read weight of the replica, relative to the other replicas.',
    default: replicaEndpointDefaults.weight,
  }),
  gtid_reader: listenAddress.optional().meta({
    description: "HOST:PORT where ProxySQL reads the replica's GTIDs (gtid_port).",
  }),
};

/** The limits that a `limits` group asks for. */
export function resolveLimits(config: z.infer<typeof limitsSchema>): ServerLimits {
  const given = config as Readonly<Record<string, number | undefined>>;
  return Object.fromEntries(
    limitNames.map((name) => [name, given[settingName(name)] ?? serverLimits[name]]),
  ) as unknown as ServerLimits;
}
