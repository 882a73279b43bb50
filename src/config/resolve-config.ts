import type { EndpointSettings } from '../endpoint/endpoint-settings.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { parseBinlogPosition } from '../binlog/binlog-position.js';
import { type ConfigMistake, type ConfigPath, mistakesOf, samePath } from './config-mistake.js';
import { bytesOfMib, type Config, configSchema, type ReplicaConfig } from './config-schema.js';
import { linkDefaults } from './link-defaults.js';
import { defaultLinkName, defaultServerId } from './link-identity.js';
import { resolveEndpoint } from './resolve-endpoint.js';
import { resolveServer } from './resolve-server.js';
import type { Surroundings } from './surroundings.js';

/** What `tailrace run` does. */
export interface RunSettings {
  readonly links: readonly LinkSettings[];
  /** null: there is no lag endpoint. */
  readonly endpoint: EndpointSettings | null;
}

export interface ResolvedConfig extends RunSettings {
  readonly mistakes: readonly ConfigMistake[];
}

/**
 * Turns a configuration, from a file or from options, into settings, or into all of its mistakes at once.
 * When there are mistakes, nothing else is to be used.
 */
export function resolveConfig(raw: unknown, surroundings: Surroundings): ResolvedConfig {
  const parsed = configSchema.safeParse(raw);
  if (parsed.success) return resolveValid(parsed.data, surroundings);
  const mistakes = mistakesOf(parsed.error.issues, raw);
  // What is left without the mistakes may have more of them, of the kind that one setting alone does not show.
  const rest = configSchema.safeParse(without(raw, mistakes));
  if (!rest.success) return { links: [], endpoint: null, mistakes };
  const known = (path: ConfigPath): boolean => mistakes.some((mistake) => samePath(mistake.path, path));
  const more = resolveValid(rest.data, surroundings).mistakes.filter(({ path }) => !known(path));
  return { links: [], endpoint: null, mistakes: [...mistakes, ...more] };
}

function resolveValid(config: Config, surroundings: Surroundings): ResolvedConfig {
  const mistakes: ConfigMistake[] = [];
  const report = (path: ConfigPath, message: string): void => {
    if (!mistakes.some((mistake) => samePath(mistake.path, path))) mistakes.push({ path, message });
  };
  const source = resolveServer(config.source ?? {}, {
    path: ['source'],
    envPrefix: 'TAILRACE_SOURCE',
    urlFromEnv: true,
    surroundings,
    report,
  });
  const replicas = config.replicas ?? [{}];
  const links = new Map<number, LinkSettings>();
  replicas.forEach((replica, i) => {
    const address = resolveServer(replica, {
      path: ['replicas', i],
      envPrefix: 'TAILRACE_REPLICA',
      urlFromEnv: replicas.length === 1,
      surroundings,
      report,
    });
    checkEpochFits(replica, config.link ?? {}, ['replicas', i], report);
    if (address === null) return;
    if (source !== null && sameServer(source, address)) {
      report(['replicas', i, 'url'], 'is the source itself');
    }
    links.set(i, linkSettings(replica, config.link ?? {}, source ?? address, address));
  });
  checkDistinct(links, report);
  const names = new Map([...links].map(([i, { name }]) => [i, name]));
  const endpoint = resolveEndpoint(config, names, surroundings, report);
  return { links: [...links.values()], endpoint, mistakes };
}

/** The settings of a link for which nothing but its servers is given. */
export function defaultLinkSettings(source: ServerAddress, replica: ServerAddress): LinkSettings {
  return linkSettings({}, {}, source, replica);
}

type LinkConfig = NonNullable<Config['link']>;

function linkSettings(
  replica: ReplicaConfig,
  shared: LinkConfig,
  source: ServerAddress,
  address: ServerAddress,
): LinkSettings {
  const name = replica.name ?? defaultLinkName(address);
  const budgetMib = replica.budget_mib ?? shared.budget_mib ?? linkDefaults.budgetMib;
  const epochMib = replica.epoch_mib_max ?? shared.epoch_mib_max ?? linkDefaults.epochMibMax;
  return {
    name,
    source,
    replica: address,
    lanes: replica.lanes ?? shared.lanes ?? linkDefaults.lanes,
    partition: replica.partition ?? shared.partition ?? linkDefaults.partition,
    budgetBytes: bytesOfMib(budgetMib),
    epochRowsMax: replica.epoch_rows_max ?? shared.epoch_rows_max ?? linkDefaults.epochRowsMax,
    epochBytesMax: bytesOfMib(Math.min(epochMib, budgetMib)),
    onConflict: replica.on_conflict ?? shared.on_conflict ?? linkDefaults.onConflict,
    statements: replica.statements ?? shared.statements ?? linkDefaults.statements,
    linkedTables: [...(shared.linked_tables ?? []), ...(replica.linked_tables ?? [])],
    serverId: replica.server_id ?? defaultServerId(name),
    from: replica.from === undefined ? null : parseBinlogPosition(replica.from),
  };
}

type Report = (path: ConfigPath, message: string) => void;

function checkEpochFits(replica: LinkConfig, shared: LinkConfig, path: ConfigPath, report: Report): void {
  const epochMib = replica.epoch_mib_max ?? shared.epoch_mib_max;
  const budgetMib = replica.budget_mib ?? shared.budget_mib ?? linkDefaults.budgetMib;
  if (epochMib === undefined || epochMib <= budgetMib) return;
  const where = replica.epoch_mib_max === undefined && replica.budget_mib === undefined ? ['link'] : path;
  report(
    [...where, 'epoch_mib_max'],
    `an epoch of ${epochMib} MiB does not fit a budget_mib of ${budgetMib}`,
  );
}

/** Links must differ in what names them: on their replica, and on the source. Keyed by the replica's place in the file. */
function checkDistinct(links: ReadonlyMap<number, LinkSettings>, report: Report): void {
  for (const [i, link] of links) {
    const twin = (same: (other: LinkSettings) => boolean): number | undefined =>
      [...links].find(([j, other]) => j < i && same(other))?.[0];
    const address = twin((other) => sameServer(other.replica, link.replica));
    const name = twin((other) => other.name === link.name);
    const serverId = twin((other) => other.serverId === link.serverId);
    if (address !== undefined) report(['replicas', i, 'url'], `is the same server as replicas[${address}]`);
    else if (name !== undefined) report(['replicas', i, 'name'], `is already the name of replicas[${name}]`);
    else if (serverId !== undefined)
      report(['replicas', i, 'server_id'], `is already that of replicas[${serverId}]`);
  }
}

function sameServer(a: ServerAddress, b: ServerAddress): boolean {
  if (a.socketPath !== undefined || b.socketPath !== undefined) return a.socketPath === b.socketPath;
  return a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port;
}

/** How deep a setting lies that can go by itself: one in a heartbeat cannot, there both are needed. */
const depthOf: Readonly<Record<string, number>> = { replicas: 3, heartbeat: 1 };

/** A copy without the settings that are mistaken; a list with a mistake in it goes as a whole. */
function without(raw: unknown, mistakes: readonly ConfigMistake[]): unknown {
  const copy: unknown = structuredClone(raw);
  for (const mistake of mistakes) {
    const path = mistake.path.slice(0, depthOf[String(mistake.path[0])] ?? 2);
    let holder = copy as Record<string | number, unknown> | undefined;
    for (const part of path.slice(0, -1)) holder = holder?.[part] as typeof holder;
    const last = path.at(-1);
    if (last !== undefined && typeof holder === 'object' && holder !== null) delete holder[last];
  }
  return copy;
}
