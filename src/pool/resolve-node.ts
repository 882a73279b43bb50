import type { PoolOptions as DriverPoolOptions } from 'mysql2';
import type { NodeAddress, NodeOptions } from './pool-options.js';
import type { NodeSettings } from './pool-settings.js';

const portDefault = 3306;
const connectionsDefault = 10;
const weightDefault = 100;
const weightMax = 1_000_000;

/**
 * One server's settings; null when a mistake was added to `mistakes`, which `where` names. What an address holds is never shown: there
 * may be a password in it.
 */
export function resolveNode(
  given: NodeAddress | NodeOptions,
  where: string,
  mistakes: string[],
): NodeSettings | null {
  const node: NodeOptions = isNodeOptions(given) ? given : { address: given };
  const driver = driverOptions(node.address);
  if (driver === null) {
    mistakes.push(`${where} is no address of the form mysql://user:password@host:port/database`);
    return null;
  }
  const { weight = weightDefault } = node;
  if (!(weight > 0 && weight <= weightMax)) mistakes.push(`${where}.weight is no number above 0`);
  const connectionsMax = driver.connectionLimit ?? connectionsDefault;
  if (!Number.isInteger(connectionsMax) || connectionsMax < 1)
    mistakes.push(`${where} has no connectionLimit of 1 or more`);
  return {
    id: node.id ?? placeOf(driver),
    zone: node.zone ?? null,
    weight,
    connectionsMax,
    driver: { ...driver, connectionLimit: connectionsMax, waitForConnections: false },
  };
}

function isNodeOptions(given: NodeAddress | NodeOptions): given is NodeOptions {
  return typeof given === 'object' && given !== null && 'address' in given;
}

function placeOf({ host = 'localhost', port = portDefault, socketPath }: DriverPoolOptions): string {
  return socketPath ?? `${host}:${port}`;
}

function driverOptions(address: NodeAddress): DriverPoolOptions | null {
  if (typeof address === 'object' && address !== null) {
    if (address.uri === undefined) return { ...address };
    const inUri = driverOptions(address.uri);
    return inUri === null ? null : { ...inUri, ...address };
  }
  if (typeof address !== 'string' || !/^mysql:\/\//i.test(address) || !URL.canParse(address)) return null;
  const url = new URL(address);
  const host = decoded(url.hostname);
  // The driver decodes the others itself, and throws at what cannot be.
  const isWhole = [url.username, url.password, url.pathname].every((part) => decoded(part) !== null);
  if (host === null || host === '' || !isWhole) return null;
  const limit = url.searchParams.get('connectionLimit');
  // mysql2 reads the rest of it, such as `?charset=utf8mb4`.
  return {
    uri: address,
    ...(limit === null ? {} : { connectionLimit: Number(limit) }),
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? portDefault : Number(url.port),
  };
}

/** null: a percent sign in it stands for nothing. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
