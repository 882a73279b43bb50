import { parseTableName, splitNames, type VerifyFilter } from '../verify/verify-filter.js';
import { verifyLimits, type VerifySettings } from '../verify/verify-settings.js';
import type { Arguments } from './link-options.js';
import { oneLinkFromArguments } from './one-link.js';
import { serverOptions } from './server-options.js';
import { textsOf } from './text-option.js';
import { fileOptions } from './verify-options.js';
import { wrongCommandLine } from './wrong-command-line.js';

const { parallel, chunkMs, threads, stalledSeconds, rowsNamed } = verifyLimits;

/** What the options ask for. Throws TR_CONFIG_INVALID. */
export function verifySettings(args: Arguments, env: NodeJS.ProcessEnv): VerifySettings {
  const named = [...Object.keys(serverOptions), ...Object.keys(fileOptions)].map((name) => [
    name,
    args[name],
  ]);
  const { source, replica } = oneLinkFromArguments(Object.fromEntries(named) as Arguments, env);
  const mistakes: string[] = [];
  const number = (name: string, limits: { default: number; min: number; max: number }): number => {
    const value = one(args, name, mistakes);
    if (value === undefined) return limits.default;
    if (/^\d{1,9}$/.test(value) && Number(value) >= limits.min && Number(value) <= limits.max)
      return Number(value);
    mistakes.push(`--${name}: must be a whole number from ${limits.min} to ${limits.max}`);
    return limits.default;
  };
  const settings: VerifySettings = {
    source,
    replica,
    filter: readFilter(args),
    parallel: number('parallel', parallel),
    chunkMs: number('chunk-time', chunkMs),
    threadsMax: number('max-load', threads),
    stalledMsMax: number('replica-wait', stalledSeconds) * 1_000,
    rowsNamedMax: number('rows', rowsNamed),
    stateFile: one(args, 'resume', mistakes) ?? null,
  };
  if (mistakes.length === 0) return settings;
  throw wrongCommandLine(mistakes, 'Correct each of them; `tailrace verify --help` shows every option.');
}

function readFilter(args: Arguments): VerifyFilter {
  const schemas = textsOf(args.schemas).flatMap(splitNames).map(unquoted);
  const tables = textsOf(args.tables).flatMap(splitNames).map(parseTableName);
  return {
    schemas: schemas.length === 0 ? null : schemas,
    tables: tables.length === 0 ? null : tables,
  };
}

function unquoted(name: string): string {
  return /^`.*`$/s.test(name) ? name.slice(1, -1).replaceAll('``', '`') : name;
}

function one(args: Arguments, name: string, mistakes: string[]): string | undefined {
  const values = textsOf(args[name]);
  if (values.length > 1) mistakes.push(`--${name}: is given more than once`);
  return values[0];
}
