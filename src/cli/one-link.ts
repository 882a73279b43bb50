import type { LinkSettings } from '../link/link-settings.js';
import { linksFromArguments } from './link-arguments.js';
import type { Arguments } from './link-options.js';
import { textsOf } from './text-option.js';
import { wrongCommandLine } from './wrong-command-line.js';

/**
 * The link of a command that is about one replica: the one that the options ask for, or of a file with `--config` the only one, or that which
 * `--name` or `--replica` (its name, or its host:port) chooses. Throws `TR_CONFIG_INVALID`.
 */
export function oneLinkFromArguments(args: Arguments, env: NodeJS.ProcessEnv): LinkSettings {
  const isFile = textsOf(args.config).length > 0;
  const { name, replica, ...rest } = args;
  const links = linksFromArguments(isFile ? rest : args, env);
  const chosen = isFile ? [...textsOf(name), ...textsOf(replica)] : [];
  const fitting = links.filter((link) => chosen.every((one) => isNamed(link, one)));
  const [only, another] = fitting;
  if (only !== undefined && another === undefined) return only;
  if (!isFile) throw wrongCommandLine(['--replica: is one replica']);
  const names = links.map((link) => link.name).join(', ');
  throw wrongCommandLine([
    only === undefined
      ? `--name, --replica: the file has no such replica; it has ${names}`
      : `--name: the file has several replicas; choose one of ${names}`,
  ]);
}

function isNamed({ name, replica: { host, port } }: LinkSettings, given: string): boolean {
  const address = `${host}:${port}`;
  return given === name || given === address || (URL.canParse(given) && new URL(given).host === address);
}
