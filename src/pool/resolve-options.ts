import { TailraceError } from '../errors/tailrace-error.js';
import { quoteTable } from '../mysql/identifier.js';
import { resolveNode } from './resolve-node.js';
import type { HintsOptions, ReplicaPoolOptions } from './pool-options.js';
import type { HintsSettings, NodeSettings, PoolSettings } from './pool-settings.js';

const replicasMax = 1_000;
const hintsUrlsMax = 16;
/** No timer of Node is longer. */
const msMax = 2 ** 31 - 1;

/** Every option with its default. Throws `TR_POOL_OPTIONS` with all mistakes at once; no value of an address or a token is shown. */
export function resolveOptions(options: ReplicaPoolOptions): PoolSettings {
  const mistakes: string[] = [];
  const number = (name: string, value: number | undefined, byDefault: number, least: number, most = msMax) =>
    checked(mistakes, name, value ?? byDefault, least, most);
  const source = resolveNode(options.source, 'source', mistakes);
  const replicas = resolveReplicas(options, mistakes);
  const { sourceReads = {}, probes = {} } = options;
  const settings = {
    hints: resolveHints(options.hints, mistakes),
    zone: options.zone ?? null,
    zoneDistances: options.zoneDistances ?? {},
    sourceReads: {
      shareMax: number('sourceReads.shareMax', sourceReads.shareMax, 0.5, 0, 1),
      inFlightMax: number(
        'sourceReads.inFlightMax',
        sourceReads.inFlightMax,
        Math.ceil((source?.connectionsMax ?? 2) / 2),
        0,
      ),
      beyond: oneOf(mistakes, 'sourceReads.beyond', sourceReads.beyond ?? 'wait', [
        'wait',
        'refuse',
      ] as const),
    },
    probes: {
      intervalMs: number('probes.intervalMs', probes.intervalMs, 1_000, 50),
      timeoutMs: number('probes.timeoutMs', probes.timeoutMs, 2_000, 50),
      heartbeatTable: heartbeatOf(probes.heartbeatTable, mistakes),
    },
    waitMsMax: number('waitMsMax', options.waitMsMax, 50, 0, 60_000),
    waitsPerNodeMax:
      options.waitsPerNodeMax === undefined ? null : number('waitsPerNodeMax', options.waitsPerNodeMax, 1, 0),
    connectMsMax: number('connectMsMax', options.connectMsMax, 1_000, 10),
    checkoutMsMax: number('checkoutMsMax', options.checkoutMsMax, 5_000, 10),
    checkoutsWaitingMax: number('checkoutsWaitingMax', options.checkoutsWaitingMax, 10_000, 0),
    readRetriesMax: number('readRetriesMax', options.readRetriesMax, 2, 0, 100),
    idleTrustMs: number('idleTrustMs', options.idleTrustMs, 1_000, 0),
    silenceMsMax: number('silenceMsMax', options.silenceMsMax, 1_000, 10),
    untrackedWriteMs: number('untrackedWriteMs', options.untrackedWriteMs, 600_000, 1),
  };
  if (source !== null) refuseDoubled([source, ...replicas], mistakes);
  if (mistakes.length > 0 || source === null)
    throw new TailraceError('TR_POOL_OPTIONS', {
      what: `The options of the pool have mistakes: ${mistakes.join('; ')}`,
    });
  return { source, replicas, ...settings };
}

function resolveReplicas({ replicas }: ReplicaPoolOptions, mistakes: string[]): NodeSettings[] {
  if (!Array.isArray(replicas) || replicas.length > replicasMax) {
    mistakes.push(`replicas is no list, or has more than ${replicasMax} entries`);
    return [];
  }
  return replicas.flatMap((replica: ReplicaPoolOptions['source'], at) => {
    const resolved = resolveNode(replica, `replicas[${at}]`, mistakes);
    return resolved === null ? [] : [resolved];
  });
}

function refuseDoubled(nodes: readonly NodeSettings[], mistakes: string[]): void {
  const seen = new Set<string>();
  for (const { id } of nodes) {
    if (seen.has(id)) mistakes.push(`two servers are called ${id}; give each an id of its own`);
    seen.add(id);
  }
}

function resolveHints(hints: ReplicaPoolOptions['hints'], mistakes: string[]): HintsSettings | null {
  if (hints === null) return null;
  if (typeof hints !== 'object') {
    mistakes.push('hints is missing; it is null where there is no daemon');
    return null;
  }
  const texts = 'url' in hints ? [hints.url] : hints.urls;
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > hintsUrlsMax) {
    mistakes.push(`hints.urls is no list of 1 to ${hintsUrlsMax} addresses`);
    return null;
  }
  const urls = texts.flatMap((text: HintsOptions['urls'][number], at) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isFit = url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
    if (isFit) return [url];
    mistakes.push(`hints.urls[${at}] is no http:// or https:// address; a token goes into hints.token`);
    return [];
  });
  const token = hints.token ?? null;
  // Anything else could end the header that it stands in.
  if (token !== null && !/^[\x21-\x7e]{1,1024}$/.test(token))
    mistakes.push('hints.token has spaces or other characters that no header carries');
  const ageMsMax = checked(mistakes, 'hints.ageMsMax', hints.ageMsMax ?? 5_000, 100, msMax);
  return { urls, token, ageMsMax };
}

function heartbeatOf(table: string | undefined, mistakes: string[]): string | null {
  if (table === undefined) return null;
  const [schema = '', name = '', ...rest] = table.split('.');
  if (schema !== '' && name !== '' && rest.length === 0) return quoteTable(schema, name);
  mistakes.push('probes.heartbeatTable is not of the form schema.table');
  return null;
}

function checked(mistakes: string[], name: string, value: number, least: number, most: number): number {
  if (!(typeof value === 'number' && value >= least && value <= most))
    mistakes.push(`${name} is no number from ${least} to ${most}`);
  return value;
}

function oneOf<Value extends string>(
  mistakes: string[],
  name: string,
  value: Value,
  values: readonly Value[],
): Value {
  if (!values.includes(value)) mistakes.push(`${name} is none of ${values.join(', ')}`);
  return value;
}
