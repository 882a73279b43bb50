import { statementPolicies } from '../apply/barrier/statement-policy.js';
import { conflictPolicies } from '../apply/batch/conflict-policy.js';
import * as z from 'zod';
import { partitionStrategies } from '../plan/partition.js';
import { parseBinlogPosition } from '../binlog/binlog-position.js';
import { linkDefaults } from './link-defaults.js';
import { hintsSchema } from './hints-schema.js';
import { heartbeatSchema, listenSchema, replicaEndpointFields } from './listen-schema.js';
import { parseServerUrl, tlsModes } from './server-url.js';
import { variableName } from './variable-name.js';

const mib = 1024 * 1024;

/** A zod check that runs one of the text parsers, so that the parser's own words become the mistake. */
function parsesWith(parse: (text: string) => unknown) {
  return (text: string, context: z.RefinementCtx): void => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as { why?: string }).why ?? String(error) });
    }
  };
}

const qualifiedTable = z.string().regex(/^[^.]+\..+$/, 'write a table as schema.table');

const linkFields = {
  lanes: z.int().min(1).max(64).optional().meta({
    description:
      'Number of replica connections that apply in parallel. Use up to about one per core of the replica. With 1, readers only ever see states that the source had.',
    default: linkDefaults.lanes,
  }),
  partition: z.enum(partitionStrategies).optional().meta({
    description:
      'How changes are distributed over lanes: by schema, by table (with its linked tables), by row, or auto: as the load requires.',
    default: linkDefaults.partition,
  }),
  budget_mib: z.int().min(1).max(65_536).optional().meta({
    description:
      'MiB of events that a link may hold in memory. When the budget is full, the link stops reading the source. Raise it if rows are very large or large transactions are frequent.',
    default: linkDefaults.budgetMib,
  }),
  epoch_rows_max: z.int().min(1).max(100_000_000).optional().meta({
    description:
      'An epoch closes at this number of rows. Lower it for shorter locks on the replica while it catches up.',
    default: linkDefaults.epochRowsMax,
  }),
  epoch_mib_max: z.int().min(1).max(65_536).optional().meta({
    description: 'An epoch closes at this many MiB of events. At most budget_mib.',
    default: linkDefaults.epochMibMax,
  }),
  on_conflict: z.enum(conflictPolicies).optional().meta({
    description:
      'What to do with a row change that does not fit the data of the replica: stop the link, overwrite the row of the replica, or skip the change. overwrite and skip count and log every row.',
    default: linkDefaults.onConflict,
  }),
  statements: z.enum(statementPolicies).optional().meta({
    description:
      'What to do with a data change that the source logged as a statement (binlog_format STATEMENT or MIXED): apply it in source order as native replication does, or stop the link.',
    default: linkDefaults.statements,
  }),
  linked_tables: z.array(z.array(qualifiedTable).min(2)).optional().meta({
    description:
      'Lists of tables that readers join and that must change together although no foreign key links them.',
    default: [],
  }),
};

const serverFields = {
  url: z
    .string()
    .superRefine(parsesWith(parseServerUrl))
    .optional()
    .meta({
      description:
        'mysql://user@host:port. The source and a single replica may take it from the environment instead: ' +
        'TAILRACE_SOURCE_URL, TAILRACE_REPLICA_URL.',
    }),
  password_file: z.string().min(1).optional().meta({
    description:
      'File whose first line is the password. A relative path starts at the folder of the configuration file.',
  }),
  password_env: variableName.optional().meta({
    description: 'Name of the environment variable that holds the password.',
  }),
  tls: z.enum(tlsModes).optional().meta({
    description: 'Whether to encrypt the connection and to verify the certificate.',
    default: 'off',
  }),
  tls_ca_file: z.string().min(1).optional().meta({
    description:
      'PEM file of the authorities that tls: verify trusts, instead of those that Node trusts. A relative path starts at the folder of the configuration file.',
  }),
  tls_certificate_file: z.string().min(1).optional().meta({
    description: 'PEM file of the client certificate, for an account that requires one (REQUIRE X509).',
  }),
  tls_key_file: z.string().min(1).optional().meta({
    description: 'PEM file of the private key of tls_certificate_file, without a passphrase.',
  }),
};

const replicaSchema = z.strictObject({
  ...serverFields,
  name: z
    .string()
    .regex(/^\S{1,64}$/, 'a name has 1 to 64 characters and no spaces')
    .optional()
    .meta({
      description:
        'Name of the link in the checkpoint, locks and logs. Default: host:port of the replica. Set it if the address of the replica may change: a link finds its checkpoint by its name.',
    }),
  server_id: z
    .int()
    .min(1)
    .max(2 ** 32 - 1)
    .optional()
    .meta({
      description:
        'server_id under which the link reads the binary log of the source. It must differ from that of every other ' +
        'server and reader there. Default: derived from the name, 2147483648 or above.',
    }),
  from: z.string().superRefine(parsesWith(parseBinlogPosition)).optional().meta({
    description:
      'FILE:POSITION to start from when GTIDs, a checkpoint and native replication do not give the position.',
  }),
  ...linkFields,
  ...replicaEndpointFields,
});

/** The configuration file, as written: one source, one link for each replica. Units are in the names. */
export const configSchema = z.strictObject({
  source: z
    .strictObject(serverFields)
    .optional()
    .meta({ description: 'The server whose changes tailrace applies.' }),
  link: z.strictObject(linkFields).optional().meta({
    description: 'Settings of every link. A replica can override each of them.',
  }),
  replicas: z.array(replicaSchema).min(1).max(64).optional().meta({
    description: 'The servers that receive the changes, each through a link of its own.',
  }),
  listen: listenSchema.optional().meta({
    description: 'The lag endpoint of `tailrace run`. Without this group and without --listen there is none.',
  }),
  hints: hintsSchema.optional().meta({ description: 'How the lag endpoint decides which replicas to read.' }),
  heartbeat: heartbeatSchema.optional().meta({
    description:
      'A heartbeat table for tools that measure lag with pt-heartbeat. Without this group tailrace writes none.',
  }),
});

export type Config = z.infer<typeof configSchema>;
export type ReplicaConfig = z.infer<typeof replicaSchema>;
export type ServerConfig = NonNullable<Config['source']>;

export const bytesOfMib = (count: number): number => count * mib;
