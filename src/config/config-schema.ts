import { statementPolicies } from '../apply/barrier/statement-policy.js';
import { conflictPolicies } from '../apply/batch/conflict-policy.js';
import { z } from 'zod';
import { partitionStrategies } from '../plan/partition-strategy.js';
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

const qualifiedTable = z.string().regex(/^[^.]+\..+$/, 'a table is written schema.table');

const linkFields = {
  lanes: z.int().min(1).max(64).optional().meta({
    description: 'Replica connections that apply side by side. 1 shows only states that the source had.',
    default: linkDefaults.lanes,
  }),
  partition: z.enum(partitionStrategies).optional().meta({
    description:
      'Who goes to which lane: by schema, by table with its linked tables, by row, or as the load asks.',
    default: linkDefaults.partition,
  }),
  budget_mib: z.int().min(1).max(65_536).optional().meta({
    description: 'MiB of events held in memory between the stream and the commit of their epoch.',
    default: linkDefaults.budgetMib,
  }),
  epoch_rows_max: z.int().min(1).max(100_000_000).optional().meta({
    description: 'Rows after which an epoch is closed.',
    default: linkDefaults.epochRowsMax,
  }),
  epoch_mib_max: z.int().min(1).max(65_536).optional().meta({
    description: 'MiB of events after which an epoch is closed; at most budget_mib.',
    default: linkDefaults.epochMibMax,
  }),
  on_conflict: z.enum(conflictPolicies).optional().meta({
    description: 'What to do with a row change that does not fit the data of the replica.',
    default: linkDefaults.onConflict,
  }),
  statements: z.enum(statementPolicies).optional().meta({
    description: 'What to do with a change of data that the source logged as a statement.',
    default: linkDefaults.statements,
  }),
  linked_tables: z.array(z.array(qualifiedTable).min(2)).optional().meta({
    description: 'Lists of tables that must change together although no foreign key says so.',
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
        'mysql://user@host:port. For the source, and for a single replica, the environment may give it instead: ' +
        'TAILRACE_SOURCE_URL, TAILRACE_REPLICA_URL.',
    }),
  password_file: z.string().min(1).optional().meta({
    description: 'File whose first line is the password; a relative path starts at the folder of this file.',
  }),
  password_env: variableName.optional().meta({
    description: 'Environment variable that holds the password.',
  }),
  tls: z.enum(tlsModes).optional().meta({
    description: 'Whether the connection is encrypted, and whether the certificate is verified.',
  }),
  tls_ca_file: z.string().min(1).optional().meta({
    description:
      'PEM file of the authorities that tls: verify trusts, instead of those that Node trusts; a relative path starts at the folder of this file.',
  }),
  tls_certificate_file: z.string().min(1).optional().meta({
    description:
      'PEM file of the certificate that tailrace shows to the server, for an account that REQUIREs one.',
  }),
  tls_key_file: z.string().min(1).optional().meta({
    description: 'PEM file of the key of tls_certificate_file, without a passphrase.',
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
        'Names the link in the checkpoint, locks and logs. Default: host:port of the replica. Keep it.',
    }),
  server_id: z
    .int()
    .min(1)
    .max(2 ** 32 - 1)
    .optional()
    .meta({
      description:
        'server_id under which the link reads the binary log of the source; unlike that of every server and link ' +
        'that reads there. Default: derived from the name, 2147483648 or above.',
    }),
  from: z.string().superRefine(parsesWith(parseBinlogPosition)).optional().meta({
    description: 'FILE:POSITION to start at when neither GTIDs nor a checkpoint nor native replication tell.',
  }),
  ...linkFields,
  ...replicaEndpointFields,
});

/** The configuration file, as written: one source, one link for each replica. Units are in the names. */
export const configSchema = z.strictObject({
  source: z
    .strictObject(serverFields)
    .optional()
    .meta({ description: 'The server whose changes are applied.' }),
  link: z.strictObject(linkFields).optional().meta({
    description: 'Settings of every link; a replica may set its own.',
  }),
  replicas: z.array(replicaSchema).min(1).max(64).optional().meta({
    description: 'The servers that receive the changes, each by a link of its own.',
  }),
  listen: listenSchema.optional().meta({
    description:
      'The lag endpoint of `tailrace run`; without this group, and without --listen, there is none.',
  }),
  hints: hintsSchema
    .optional()
    .meta({ description: 'How the lag endpoint decides which replicas are read.' }),
  heartbeat: heartbeatSchema.optional().meta({
    description:
      'A table that tells lag to tools that know nothing else. Without this group none is written.',
  }),
});

export type Config = z.infer<typeof configSchema>;
export type ReplicaConfig = z.infer<typeof replicaSchema>;
export type ServerConfig = NonNullable<Config['source']>;

export const bytesOfMib = (count: number): number => count * mib;
