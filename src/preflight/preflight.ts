import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import type { CheckpointState, StoredCheckpoint } from '../checkpoint/checkpoint-entry.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { type LifeFacts, requireSameLife, startPosition } from '../target/checkpoint-life.js';
import { isDataNewer } from '../target/data-age.js';
import type { LinkSettings } from '../link/link-settings.js';
import { type GtidFacts, readGtidFacts } from './gtid-facts.js';
import { type NativeReplication, readNativeChannels } from '../mysql/native-replication.js';
import { checkDialect } from './check-dialect.js';
import {
  checkErrantGtids,
  checkGtidModes,
  checkGtidTags,
  checkPurgedGtids,
  goesByGtid,
  type GtidSide,
} from './check-gtid.js';
import { checkInitConnect } from './check-init-connect.js';
import { checkNativeReplication } from './check-native.js';
import { checkPair, isSameServer } from './check-pair.js';
import { checkPosition, checkUnusedPosition, nativePosition, readSourceEnd } from './check-position.js';
import { checkReplicaPrivileges, checkSourcePrivileges } from './check-privileges.js';
import { checkReplica } from './check-replica.js';
import { checkSchemas, readUserSchemas } from './check-schema.js';
import { checkSkipped } from './check-skipped.js';
import { checkSource } from './check-source.js';
import { type Problem, problemFrom } from './problem.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { ifPermitted, readServerFacts, type ServerFacts } from '../mysql/server-facts.js';

export type { Problem } from './problem.js';

/** So long a commit may take from being visible to being in `gtid_executed`. */
const settleMs = 300;

export interface PreflightOptions {
  /** Native replication may run: it will be stopped before, and started after. */
  readonly handoffNative: boolean;
  /** Nobody wants the answer any longer: it comes at once, and says nothing. */
  readonly signal?: AbortSignal;
}

/**
 * Lists every problem of a link's source and replica at once; empty when it may run. Changes nothing on either. A server that
 * cannot be reached is one problem, and the other one is still looked at.
 */
export async function preflight(settings: LinkSettings, options: PreflightOptions): Promise<Problem[]> {
  const problems: Problem[] = [];
  const connections: ServerConnection[] = [];
  const drop = (): void => connections.forEach((connection) => connection.destroy());
  const connect = async (role: ServerFacts['role'], address: ServerAddress): Promise<ServerFacts | null> =>
    collect(problems, async () => {
      const connection = await openConnection(address, { sessionLabel: `check of the ${role}` });
      connections.push(connection);
      if (options.signal?.aborted === true) drop();
      return readServerFacts(role, connection);
    });
  options.signal?.addEventListener('abort', drop, { once: true });
  try {
    const [source, replica] = await Promise.all([
      connect('source', settings.source),
      connect('replica', settings.replica),
    ]);
    await collect(problems, () => checkServers(problems, source, replica, settings, options));
  } finally {
    options.signal?.removeEventListener('abort', drop);
    await Promise.all(connections.map((connection) => connection.close()));
  }
  return problems;
}

async function checkServers(
  problems: Problem[],
  source: ServerFacts | null,
  replica: ServerFacts | null,
  settings: LinkSettings,
  options: PreflightOptions,
): Promise<void> {
  if (source !== null) {
    problems.push(
      ...checkSourcePrivileges(source),
      ...checkSource(source, settings.statements),
      ...(await checkDialect(source)),
    );
  }
  const channels = replica === null ? [] : await readChannels(replica);
  if (replica !== null) {
    problems.push(...(await checkReplica(replica, settings.name)), ...(await checkInitConnect(replica)));
    problems.push(...(await checkNativeReplication(source, replica, channels, options.handoffNative)));
    const schemas = new Set(await readUserSchemas(replica));
    if (source !== null) for (const schema of await readUserSchemas(source)) schemas.add(schema);
    problems.push(...checkReplicaPrivileges(replica, { ...options, schemas: [...schemas] }));
  }
  if (source === null || replica === null) return;
  problems.push(...checkPair(source, replica, settings.serverId));
  // One server with itself has nothing that could be compared.
  if (isSameServer(source, replica)) return;
  await checkProgress(problems, source, replica, settings, channels);
}

/** Where the replica stands, whether the source can go on from there, and whether the tables agree. */
async function checkProgress(
  problems: Problem[],
  source: ServerFacts,
  replica: ServerFacts,
  settings: LinkSettings,
  channels: readonly NativeReplication[],
): Promise<void> {
  // The checkpoint first: what the replica commits in between must not look as if it had lost it.
  const stored = await collect(problems, () => readCheckpoint(replica, settings.name));
  problems.push(...(await checkSkipped(replica, settings.name)));
  // The replica then: what it gets in between the source surely had.
  const executed = await readGtidFacts(replica);
  const ours: GtidSide = { facts: replica, gtids: withCheckpoint(executed, stored?.state ?? null) };
  const theirs: GtidSide = { facts: source, gtids: await readGtidFacts(source) };
  problems.push(...checkGtidModes(theirs, ours));
  const life: LifeFacts = {
    link: settings.name,
    checkpoint: stored,
    replicaExecuted: executed.executed,
    isDataNewer: await isDataNewer(
      replica.connection,
      stored,
      goesByGtid(theirs.gtids, ours.gtids) ? executed.executed : null,
    ),
    native: nativePosition(source, channels),
    from: settings.from,
  };
  let level: boolean;
  if (goesByGtid(theirs.gtids, ours.gtids)) {
    await collect(problems, () => requireLifeTwice(life, replica, settings.name));
    problems.push(
      ...checkUnusedPosition(settings.from),
      ...checkErrantGtids(theirs, ours),
      ...checkPurgedGtids(theirs, ours),
      ...checkGtidTags(theirs, ours),
    );
    level = ours.gtids.executed.contains(theirs.gtids.executed);
  } else {
    const start = await collect(problems, () => Promise.resolve().then(() => startPosition(life)));
    // What is told of it already need not be looked for on the source.
    const isRefused = start === null && stored !== null && stored.state.kind !== 'none';
    if (!isRefused) problems.push(...(await checkPosition(source, replica, start)));
    const end = await readSourceEnd(source);
    level = end !== null && start !== null && end.file === start.file && end.offset === start.offset;
  }
  problems.push(...(await checkSchemas(source, replica, await readUserSchemas(source), level)));
}

/** A transaction is visible a moment before its GTID: that the replica lacks one must be seen twice. */
async function requireLifeTwice(life: LifeFacts, replica: ServerFacts, linkName: string): Promise<void> {
  try {
    requireSameLife(life);
  } catch {
    await sleep(settleMs);
    const checkpoint = await readCheckpoint(replica, linkName);
    requireSameLife({ ...life, checkpoint, replicaExecuted: (await readGtidFacts(replica)).executed });
  }
}

async function readCheckpoint(replica: ServerFacts, linkName: string): Promise<StoredCheckpoint | null> {
  // That the privilege is missing is a problem of its own.
  if (!replica.privileges.hasOnSchema('tailrace', 'SELECT')) return null;
  return new CheckpointStore(replica.connection, linkName).read();
}

/** Where GTIDs cannot be adopted, the checkpoint tells of those that the replica does not. */
function withCheckpoint(gtids: GtidFacts, checkpoint: CheckpointState | null): GtidFacts {
  if (checkpoint === null || checkpoint.kind === 'none') return gtids;
  const { gtidsBefore, gtids: own } = checkpoint.entry;
  const executed = gtids.executed.union(GtidSet.parse(gtidsBefore));
  return {
    ...gtids,
    executed: checkpoint.kind === 'complete' ? executed.union(GtidSet.parse(own)) : executed,
  };
}

async function readChannels(replica: ServerFacts): Promise<NativeReplication[]> {
  return (await ifPermitted(readNativeChannels(replica.connection))) ?? [];
}

/** Runs a part; what stops it becomes one problem among the others. */
async function collect<T>(problems: Problem[], part: () => Promise<T>): Promise<T | null> {
  try {
    return await part();
  } catch (error) {
    if (!(error instanceof TailraceError)) throw error;
    problems.push(problemFrom(error));
    return null;
  }
}
