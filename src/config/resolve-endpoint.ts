import {
  endpointDefaults,
  type EndpointSettings,
  type HeartbeatSettings,
  heartbeatIntervalMsDefault,
  type ReplicaEndpointSettings,
  type RereadTls,
  replicaEndpointDefaults,
} from '../endpoint/endpoint-settings.js';
import { type ListenAddress, parseListenAddress } from '../endpoint/listen-address.js';
import type { ConfigPath } from './config-mistake.js';
import type { Config, ReplicaConfig } from './config-schema.js';
import { resolveHints } from './hints-schema.js';
import { listenAddressDefault, resolveLimits } from './listen-schema.js';
import { readSecret } from './read-secret.js';
import { readTlsFiles } from './read-tls-files.js';
import type { Surroundings } from './surroundings.js';

type ListenConfig = NonNullable<Config['listen']>;
type Report = (path: ConfigPath, message: string) => void;

/**
 * The lag endpoint that a configuration asks for; null: none. `names` are those of the links, by the places of their replicas. Mistakes
 * go to `report`, also those in groups that nothing uses yet.
 */
export function resolveEndpoint(
  config: Config,
  names: ReadonlyMap<number, string>,
  surroundings: Surroundings,
  report: Report,
): EndpointSettings | null {
  const { listen } = config;
  const hints = resolveHints(config.hints ?? {}, (setting, message) => report(['hints', setting], message));
  if (listen === undefined) {
    reportUnheard(config, report);
    return null;
  }
  const place = { surroundings, report };
  const replicas = (config.replicas ?? [{}]).map(
    (replica, i) => [names.get(i) ?? '', replicaOf(replica)] as const,
  );
  const settings: EndpointSettings = {
    http: addressOf(listen.address ?? listenAddressDefault),
    agent: listen.agent === undefined ? null : addressOf(listen.agent),
    openProtocols: listen.open_protocols ?? endpointDefaults.openProtocols,
    tls: listen.tls === undefined ? null : tlsOf(listen.tls, place),
    rereadTls: listen.tls === undefined ? null : rereadTls(listen.tls, surroundings.folder),
    readToken: tokenOf(listen, 'read', place),
    adminToken: tokenOf(listen, 'admin', place),
    failoverEpoch: listen.failover_epoch ?? endpointDefaults.failoverEpoch,
    throttleAboveMs: listen.throttle_above_ms ?? endpointDefaults.throttleAboveMs,
    limits: resolveLimits(listen.limits ?? {}),
    hotKeys: listen.hot_keys ?? endpointDefaults.hotKeys,
    hints,
    heartbeat: config.heartbeat === undefined ? null : heartbeatOf(config.heartbeat),
    replicas: new Map(replicas),
  };
  reportTwice(config, settings, report);
  return settings;
}

interface Place {
  readonly surroundings: Surroundings;
  readonly report: Report;
}

/** Read by the schema before: it is one. */
const addressOf = (text: string): ListenAddress => parseListenAddress(text) as ListenAddress;

function tlsOf(
  files: NonNullable<ListenConfig['tls']>,
  { surroundings, report }: Place,
): EndpointSettings['tls'] {
  return readTlsFiles(files, surroundings.folder, (setting, message) =>
    report(['listen', 'tls', setting], message),
  );
}

function rereadTls(files: NonNullable<ListenConfig['tls']>, folder: string): RereadTls {
  return (tellWhy) => readTlsFiles(files, folder, (setting, message) => tellWhy(`${setting} ${message}`));
}

function tokenOf(
  listen: ListenConfig,
  kind: 'read' | 'admin',
  { surroundings, report }: Place,
): string | null {
  const [fileSetting, variableSetting] = [`${kind}_token_file`, `${kind}_token_env`] as const;
  const path: ConfigPath = ['listen'];
  const given = { file: listen[fileSetting], variable: listen[variableSetting] };
  const found = readSecret(given, {
    word: 'token',
    fileSetting,
    variableSetting,
    path,
    surroundings,
    report,
  });
  if (found === null) return null;
  const variable = `TAILRACE_${kind.toUpperCase()}_TOKEN`;
  const token = found ?? surroundings.env[variable] ?? '';
  const setting = given.file === undefined ? variableSetting : fileSetting;
  const wanted = 'a token is made of printable ASCII characters without spaces';
  if (/[^\x21-\x7e]/.test(token)) {
    if (found === undefined) report(path, `${variable}: ${wanted}`);
    else report([...path, setting], wanted);
  } else if (found === '' && given.variable !== undefined) {
    report([...path, setting], 'that environment variable is empty');
  }
  return token === '' ? null : token;
}

function replicaOf({ zone, weight, gtid_reader: gtidReader }: ReplicaConfig): ReplicaEndpointSettings {
  return {
    zone: zone ?? replicaEndpointDefaults.zone,
    weight: weight ?? replicaEndpointDefaults.weight,
    gtidReader: gtidReader === undefined ? replicaEndpointDefaults.gtidReader : addressOf(gtidReader),
  };
}

function heartbeatOf(config: NonNullable<Config['heartbeat']>): HeartbeatSettings {
  const [schema = '', table = ''] = config.table.split('.');
  return {
    schema,
    table,
    writeOn: config.write_on,
    intervalMs: config.interval_ms ?? heartbeatIntervalMsDefault,
  };
}

/** What only the lag endpoint does would be left undone without a word. */
function reportUnheard(config: Config, report: Report): void {
  const cure = 'needs the lag endpoint; add a listen group, an empty one ({}) will do';
  if (config.heartbeat !== undefined) report(['heartbeat'], cure);
  for (const [i, replica] of (config.replicas ?? []).entries())
    if (replica.gtid_reader !== undefined) report(['replicas', i, 'gtid_reader'], cure);
}

/** Two cannot listen at one address. */
function reportTwice(config: Config, { http, agent }: EndpointSettings, report: Report): void {
  const taken = new Map<string, string>([[labelOf(http), 'listen.address']]);
  const take = (address: ListenAddress, path: ConfigPath, name: string): void => {
    const other = taken.get(labelOf(address));
    if (other !== undefined && address.port !== 0) report(path, `is already that of ${other}`);
    taken.set(labelOf(address), name);
  };
  if (agent !== null) take(agent, ['listen', 'agent'], 'listen.agent');
  for (const [i, replica] of (config.replicas ?? []).entries()) {
    const path = ['replicas', i, 'gtid_reader'];
    if (replica.gtid_reader !== undefined)
      take(addressOf(replica.gtid_reader), path, `replicas[${i}].gtid_reader`);
  }
}

const labelOf = ({ host, port }: ListenAddress): string => `${host.toLowerCase()}:${port}`;
