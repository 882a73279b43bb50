import type { Argv } from 'yargs';
import { linkDefaults } from '../config/link-defaults.js';
import { serverOptions, serversGroup } from './server-options.js';
import { textOption } from './text-option.js';

/** The arguments of a command, as yargs gives them. */
export type Arguments = Readonly<Record<string, unknown>>;

const tuning = 'Link:';

const linkOptions = {
  lanes: textOption(`replica connections that apply in parallel [default: ${linkDefaults.lanes}]`, tuning),
  partition: textOption(
    `how changes are distributed over lanes: schema, table, row or auto [default: ${linkDefaults.partition}]`,
    tuning,
  ),
  'budget-mib': textOption(`MiB of events held in memory [default: ${linkDefaults.budgetMib}]`, tuning),
  'epoch-rows-max': textOption(
    `rows after which an epoch is closed [default: ${linkDefaults.epochRowsMax}]`,
    tuning,
  ),
  'epoch-mib-max': textOption(
    `MiB after which an epoch is closed [default: ${linkDefaults.epochMibMax}]`,
    tuning,
  ),
  'on-conflict': textOption(
    `what to do with a change that does not fit the replica: stop, overwrite or skip [default: ${linkDefaults.onConflict}]`,
    tuning,
  ),
  statements: textOption(
    `changes that the source logged as statements: apply or stop [default: ${linkDefaults.statements}]`,
    tuning,
  ),
  'linked-tables': textOption(
    'schema.table,schema.table: tables that must change together; repeatable',
    tuning,
  ),
  name: textOption("name of the link in the checkpoint [default: the replica's host:port]", tuning),
  'server-id': textOption('server_id of the link on the source [default: from the name]', tuning),
  from: textOption('FILE:POSITION to start from if nothing else gives it', tuning),
};

/** What tunes a link, by the names of its options. */
export const linkOptionNames: readonly string[] = Object.keys(linkOptions);

/** Adds what names and tunes links; with `config`, also `--config FILE` and more than one `--replica`. */
export function addLinkOptions(parser: Argv, { config }: { readonly config: boolean }): Argv {
  const configOption = {
    config: textOption('configuration file, instead of the options below', serversGroup),
  };
  return parser.options({ ...(config ? configOption : {}), ...serverOptions, ...linkOptions });
}
