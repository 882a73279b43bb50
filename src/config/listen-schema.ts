import { z } from 'zod';
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
    connectionsMax: [1, 100_000, 'Connections at a time.'],
    headerBytesMax: [1_024, 1_048_576, 'Bytes of the headers of a request.'],
    bodyBytesMax: [1_024, 1_048_576, 'Bytes of the body of a request.'],
    requestMsMax: [100, 10 * minuteMs, 'From the first byte of a request to its last.'],
    pollsMax: [0, 100_000, 'Requests at a time that are held on for newer hints.'],
    streamsMax: [0, 100_000, 'Listeners of the stream at a time.'],
    waitsMax: [0, 100_000, 'Requests at a time that wait for transactions.'],
    holdMsMax: [0, 10 * minuteMs, 'The longest that a request may ask to be held on.'],
    stalledMsMax: [1_000, 10 * minuteMs, 'A listener that has taken nothing for so long is cut off.'],
    orderMsMax: [
      1_000,
      30 * 24 * 60 * minuteMs,
      'The longest that a drain or maintenance may be ordered for.',
    ],
    hintsAgeMsMax: [1_000, 10 * minuteMs, 'Hints that are older are not answered with.'],
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
    description: 'HOST:PORT of HTTP. An address that is not loopback needs a token to read, or TLS.',
    default: listenAddressDefault,
  }),
  agent: listenAddress.optional().meta({ description: "HOST:PORT of HAProxy's agent checks." }),
  open_protocols: z.boolean().optional().meta({
    description:
      'Whether agent and gtid_reader, whose protocols know no token, may listen for other machines.',
    default: endpointDefaults.openProtocols,
  }),
  tls: z
    .strictObject({
      certificate_file: file.meta({ description: 'PEM: the certificate, and those that vouch for it.' }),
      key_file: file.meta({ description: 'PEM: its private key, without a passphrase.' }),
    })
    .optional()
    .meta({ description: 'HTTPS instead of HTTP. Relative paths start at the folder of this file.' }),
  read_token_file: file.optional().meta({
    description: 'File whose first line is the token asked for with every request; or TAILRACE_READ_TOKEN.',
  }),
  read_token_env: variableName.optional().meta({ description: 'Environment variable that holds it.' }),
  admin_token_file: file.optional().meta({
    description: 'File whose first line is the token that orders need; or TAILRACE_ADMIN_TOKEN.',
  }),
  admin_token_env: variableName.optional().meta({ description: 'Environment variable that holds it.' }),
  failover_epoch: z.int().min(1).max(1_000_000_000).optional().meta({
    description:
      'Raise it by one when another server has become the source: hints about the old one are then refused by all who have seen it.',
    default: endpointDefaults.failoverEpoch,
  }),
  throttle_above_ms: z.int().min(1).max(86_400_000).optional().meta({
    description: 'Lag above which /check, which bulk writers ask, says that they shall wait.',
    default: endpointDefaults.throttleAboveMs,
  }),
  hot_keys: z.boolean().optional().meta({
    description: 'Whether keys of rows that change often are shown: they may be personal data.',
    default: endpointDefaults.hotKeys,
  }),
  limits: limitsSchema.optional().meta({ description: 'What others may take.' }),
});

/** The `heartbeat` group. */
export const heartbeatSchema = z.strictObject({
  table: z
    .string()
    .regex(/^[^.]{1,64}\.[^.]{1,64}$/, 'a table is written schema.table')
    .meta({
      description: "schema.table, in pt-heartbeat's format; created where it is missing.",
    }),
  write_on: z.enum(['source', 'replica']).meta({
    description: 'On the source, from where it replicates; or on every replica, from what it has applied.',
  }),
  interval_ms: z
    .int()
    .min(100)
    .max(60 * minuteMs)
    .optional()
    .meta({
      description: 'Between two rows.',
      default: heartbeatIntervalMsDefault,
    }),
});

/** What a replica may be given for the lag endpoint. */
export const replicaEndpointFields = {
  zone: zoneName.optional().meta({ description: 'Where it stands: readers of the same zone come first.' }),
  weight: z.int().min(1).max(1_000_000).optional().meta({
    description: 'Its share of reads against the other replicas.',
    default: replicaEndpointDefaults.weight,
  }),
  gtid_reader: listenAddress.optional().meta({
    description: "HOST:PORT at which ProxySQL reads the replica's GTIDs (gtid_port).",
  }),
};

/** The limits that a `limits` group asks for. */
export function resolveLimits(config: z.infer<typeof limitsSchema>): ServerLimits {
  const given = config as Readonly<Record<string, number | undefined>>;
  return Object.fromEntries(
    limitNames.map((name) => [name, given[settingName(name)] ?? serverLimits[name]]),
  ) as unknown as ServerLimits;
}
