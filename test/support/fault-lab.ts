import { afterEach, expect } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { LabTopologyOptions } from '../../src/lab/lab-topology.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { describeDifference } from '../../src/verify/server-difference.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { FaultWorkload } from './fault-workload.js';
import { sourceEnd } from './engine-link.js';
import { useLab } from './lab.js';
import { sqlValue } from './sql.js';
import { type Ended, TailraceProcess, urlOf } from './tailrace-process.js';
import { patienceMs, waitFor } from './wait-for.js';

/** The source is not what is tested unless it is killed itself: it need not wait for its disk. */
const fastSource = { 'sync-binlog': 0, 'innodb-flush-log-at-trx-commit': 2 };
/** Large transactions are large, epochs end often, and lanes have something to share out. */
const smallSettings = { 'budget-mib': 1, 'epoch-rows-max': 500, lanes: 3 };
const noSuchSessionErrno = 1094;

export interface FaultLabOptions extends LabTopologyOptions {
  /** Options of every tailrace that the lab starts, behind the lab's own. */
  readonly args?: readonly string[];
  /** False: the source is not given the tables of `FaultWorkload`, which an old one cannot have. */
  readonly workload?: boolean;
}

/** A source, a replica that had no part in what was before, and tailrace processes between them. */
export class FaultLab {
  readonly source: LabServer;
  readonly replica: LabServer;
  readonly replicas: readonly LabServer[];
  readonly gtid: boolean;
  readonly #args: readonly string[];
  readonly #started: TailraceProcess[] = [];

  constructor(source: LabServer, replicas: readonly LabServer[], gtid: boolean, args: readonly string[]) {
    this.source = source;
    this.replicas = replicas;
    this.replica = replicas[0]!;
    this.gtid = gtid;
    this.#args = args;
  }

  /** Starts tailrace with small settings unless `args` say otherwise; `env` comes on top of the URLs of both servers. */
  start(
    command: 'catchup' | 'run',
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): TailraceProcess {
    const settings = Object.entries(smallSettings)
      .filter(([name]) => !args.includes(`--${name}`))
      .flatMap(([name, value]) => [`--${name}`, String(value)]);
    const started = new TailraceProcess([command, ...settings, ...this.#args, ...args], {
      TAILRACE_SOURCE_URL: urlOf(this.source.address),
      TAILRACE_REPLICA_URL: urlOf(this.replica.address),
      ...env,
    });
    this.#started.push(started);
    return started;
  }

  /** Ends what a failed test has left running. */
  async killAll(): Promise<void> {
    for (const left of this.#started.splice(0)) {
      left.signal('SIGKILL');
      await left.end();
    }
  }

  /** Starts a catch-up that must die at a failpoint, `name` or `name:N`; `meanwhile` may bring it there. */
  async dieAt(
    failpoint: string,
    args: readonly string[] = [],
    meanwhile: (doomed: TailraceProcess) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    await this.#awaitUnlocked();
    const doomed = this.start('catchup', args, { TAILRACE_FAILPOINT: failpoint });
    await meanwhile(doomed);
    const { code, stderr } = await doomed.end();
    if (doomed.child.signalCode === 'SIGKILL') return;
    throw new Error(`tailrace did not die at ${failpoint} but ended with ${code}:\n${stderr}`);
  }

  /** Kills a running tailrace with SIGKILL; throws if it has ended by itself. */
  async kill(running: TailraceProcess): Promise<void> {
    running.signal('SIGKILL');
    const { stderr } = await running.end();
    if (running.child.signalCode !== 'SIGKILL') throw new Error(`tailrace ended by itself:\n${stderr}`);
    await this.#awaitUnlocked();
  }

  /**
   * A server notices that a client is gone when the statement under way has ended, a commit that waits for a slow disk perhaps.
   * Until then the link is locked, and another tailrace is refused. What the lanes have under way may go on behind that.
   */
  async #awaitUnlocked(): Promise<void> {
    const isUnlocked = async (): Promise<boolean> =>
      (await this.sessions(this.replica, 'control')).length === 0;
    await waitFor(isUnlocked, { what: 'the replica to notice that tailrace is gone' });
  }

  /** Catches up to the end; gives what `--json` printed. */
  async catchUp(args: readonly string[] = []): Promise<Record<string, unknown> & { readonly ended: Ended }> {
    await this.#awaitUnlocked();
    const ended = await this.start('catchup', ['--json', ...args]).end();
    expect(ended).toMatchObject({ code: 0 });
    return { ...(JSON.parse(ended.stdout) as Record<string, unknown>), ended };
  }

  /** Both servers hold the same rows and definitions; with GTIDs the replica says so, too. */
  async expectEqual(): Promise<void> {
    await this.expectEqualOn(this.replica);
  }

  async expectEqualOn(replica: LabServer): Promise<void> {
    const [source, other] = await Promise.all([this.source.connect(), replica.connect()]);
    try {
      if (this.gtid) expect(await gtidExecuted(other)).toBe(await gtidExecuted(source));
      expect((await compareServers(source, other)).map(describeDifference)).toEqual([]);
    } finally {
      await Promise.all([source.close(), other.close()]);
    }
  }

  /** Waits until a running tailrace has brought everything over; nothing may be writing on the source. */
  async awaitLevel(replica = this.replica, timeoutMs = patienceMs): Promise<void> {
    const mark = Math.floor(Math.random() * 2 ** 40);
    const source = await this.source.connect();
    try {
      await source.execute('INSERT INTO fault_shop.marks VALUES (?)', [mark]);
    } finally {
      await source.close();
    }
    const arrived = async (): Promise<boolean> => {
      const reader = await replica.connect().catch(() => null);
      if (reader === null) return false;
      try {
        return (await sqlValue(reader, `SELECT COUNT(*) FROM fault_shop.marks WHERE mark = ${mark}`)) === '1';
      } catch {
        // The table is not there yet, or the replica is going down.
        return false;
      } finally {
        await reader.close();
      }
    };
    await waitFor(arrived, { timeoutMs, what: 'the replica to be level' });
    // The mark is visible a moment before its GTID has been adopted.
    if (!this.gtid) return;
    const [from, to] = await Promise.all([this.source.connect(), replica.connect()]);
    try {
      const executed = await gtidExecuted(from);
      await waitFor(async () => (await gtidExecuted(to)) === executed, { what: 'the GTIDs of the replica' });
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  }

  /** Runs `work` while workers write on the source; they have ended when it returns. */
  async underLoad(
    workers: readonly FaultWorkload[],
    work: () => Promise<void>,
    { perSecondMax = 120, ddl = true } = {},
  ): Promise<void> {
    const ended = new AbortController();
    const writing = Promise.all(
      // Statements that change tables come from one worker alone.
      workers.map((worker, i) =>
        worker.write(this.source, ended.signal, { ddl: ddl && i === 0, perSecondMax }),
      ),
    );
    try {
      await Promise.race([work(), writing]);
    } finally {
      ended.abort();
      await writing;
    }
  }

  /** The number of the link's last epoch; 0 before the first, or while the replica is away. */
  async epoch(replica = this.replica): Promise<number> {
    const connection = await replica.connect().catch(() => null);
    try {
      return Number(connection && (await sqlValue(connection, 'SELECT MAX(epoch) FROM tailrace.checkpoint')));
    } catch {
      return 0;
    } finally {
      await connection?.close();
    }
  }

  /** Waits until tailrace applies: an epoch more than there is now. */
  async awaitEpoch(running: TailraceProcess, replica = this.replica): Promise<void> {
    const before = await this.epoch(replica);
    await waitFor(async () => running.hasEnded || (await this.epoch(replica)) > before, { what: 'an epoch' });
    if (running.hasEnded) throw new Error(`tailrace has ended by itself:\n${running.stderr}`);
  }

  /** Sessions of tailrace on a server, by what they are for: `control`, `lane 0`, `stream`, … */
  async sessions(server: LabServer, label: string): Promise<number[]> {
    const connection = await server.connect();
    try {
      const rows = await connection.query<{ id: string }>(
        `SELECT PROCESSLIST_ID AS id FROM performance_schema.session_connect_attrs
         WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE = ?`,
        [`tailrace ${label}`],
      );
      return rows.map(({ id }) => Number(id));
    } finally {
      await connection.close();
    }
  }

  /** Ends sessions of tailrace as a DBA would; gives how many there were. */
  async killSessions(server: LabServer, label: string): Promise<number> {
    const ids = await this.sessions(server, label);
    const connection = await server.connect();
    try {
      for (const id of ids) {
        await connection.execute(`KILL ${id}`).catch((error: unknown) => {
          if ((error as { errno?: number }).errno !== noSuchSessionErrno) throw error;
        });
      }
    } finally {
      await connection.close();
    }
    return ids.length;
  }
}

function gtidExecuted(connection: ServerConnection): Promise<unknown> {
  return sqlValue(connection, 'SELECT @@GLOBAL.gtid_executed');
}

/** Servers for the tests of one file, with the tables of `FaultWorkload`. Call it outside of tests. */
export function useFaultLab(options: FaultLabOptions = {}): () => Promise<FaultLab> {
  const { args = [], workload = true, ...topology } = options;
  const lab = useLab({ ...topology, sourceSettings: { ...fastSource, ...topology.sourceSettings } });
  let ready: Promise<FaultLab> | null = null;
  const prepare = async (): Promise<FaultLab> => {
    const servers = await lab();
    const { source, replicas } = servers;
    const gtid = options.gtid !== false;
    const end = await sourceEnd(servers);
    const from = gtid ? [] : ['--from', `${end.file}:${end.offset}`];
    if (workload) await FaultWorkload.prepare(source);
    return new FaultLab(source, replicas, gtid, [...from, ...args]);
  };
  afterEach(async () => {
    await (await ready)?.killAll();
  });
  return () => (ready ??= prepare());
}
