import { beforeAll, describe, expect, test } from '@jest/globals';
import { exitCodes } from '../../src/errors/exit-codes.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

describe.each([
  { name: 'with GTIDs', gtid: true },
  { name: 'by file and position', gtid: false },
])('two processes and one link, $name', ({ gtid }) => {
  const useServers = useFaultLab({ gtid });
  const workload = new FaultWorkload(20_260_719);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
    await lab.catchUp();
  });

  test('a second one is refused, and does not disturb the first [P7]', async () => {
    const first = lab.start('run');
    await first.says('the link starts');
    await lab.awaitLevel();
    const second = await lab.start('catchup').end();
    expect(second.code).toBe(exitCodes.refused);
    expect(second.stderr).toContain('TR_LINK_LOCKED');
    await workload.burst(lab.source, 20);
    await lab.awaitLevel();
    first.signal('SIGTERM');
    expect((await first.end()).code).toBe(0);
    await lab.expectEqual();
  });

  test('one that hangs between epochs loses the link, and applies nothing when it wakes up [P7]', async () => {
    const first = lab.start('run');
    await first.says('the link starts');
    // So much that it knows every table: from then on it asks nothing of the session that it is about to lose.
    await workload.burst(lab.source, 80);
    await lab.awaitLevel();
    first.signal('SIGSTOP');
    // As a DBA does, or a firewall: the lock goes with the session.
    expect(await lab.killSessions(lab.replica, 'control')).toBe(1);
    await workload.burst(lab.source, 100);
    const second = lab.start('run');
    await second.says('the link starts');
    await lab.awaitLevel();
    first.signal('SIGCONT');
    const { code, stderr } = await first.end();
    // Its next checkpoint says so; or, when it has slept for longer than it waits for heartbeats, the lock it asks for again.
    expect(stderr).toMatch(
      /another tailrace took this link over(; nothing further was applied| while the connection to the replica was lost)/,
    );
    expect(code).toBe(exitCodes.stopped);
    await workload.burst(lab.source, 20);
    await lab.awaitLevel();
    second.signal('SIGTERM');
    expect((await second.end()).code).toBe(0);
    await lab.expectEqual();
  });

  test('one that hangs inside an epoch keeps its rows from others until its sessions are ended [P7]', async () => {
    await workload.round(lab.source, 60);
    const blocker = await lab.replica.connect();
    await blocker.execute('BEGIN');
    await blocker.query('SELECT * FROM fault_shop.counters FOR UPDATE');
    const first = lab.start('run');
    await first.says('the link starts');
    await waitFor(() => lanesWait(lab), { what: 'a lane to wait for a lock' });
    first.signal('SIGSTOP');
    await blocker.execute('ROLLBACK');
    await blocker.close();
    expect(await lab.killSessions(lab.replica, 'control')).toBe(1);

    const refused = await lab.start('catchup').end();
    if (refused.code === exitCodes.ok) {
      // On a machine that is so slow that half a minute has passed, the one that hangs counts as dead.
      expect(refused.stderr).toContain('whose tailrace is gone');
    } else {
      expect(refused.code).toBe(exitCodes.refused);
      expect(refused.stderr).toContain('TR_LINK_LOCKED');
      const kills = refused.stderr.match(/KILL \d+;/g) ?? [];
      expect(kills.length).toBeGreaterThan(0);
      await sql(lab.replica, ...kills);
    }

    const second = lab.start('run');
    await second.says('the link starts');
    await lab.awaitLevel();
    first.signal('SIGCONT');
    // It has lost its sessions, and finds that the link is not its own any more.
    const { code, stderr } = await first.end();
    expect(stderr).toContain('TR_LINK_LOST_OWNERSHIP');
    expect(code).toBe(exitCodes.stopped);
    await workload.burst(lab.source, 50);
    await lab.awaitLevel();
    second.signal('SIGTERM');
    expect((await second.end()).code).toBe(0);
    await lab.expectEqual();
  });

  test('commits that are under way while the link is taken over are not done again', async () => {
    await workload.round(lab.source, 60);
    const freezer = await lab.replica.connect();
    const first = lab.start('run', [], { TAILRACE_FAILPOINT: 'between-commits:1:SIGSTOP' });
    await first.stops();
    // Every lane has executed its share, the first has committed it, and now no other commit gets through.
    // The lock that a snapshot waits for would have to go first.
    const [snapshotLock] = await waitForSession(lab, 'snapshot lock');
    await freezer.execute(`KILL ${snapshotLock!}`);
    await freezer.execute('FLUSH TABLES WITH READ LOCK');
    first.signal('SIGCONT');
    await waitFor(() => commitsWait(lab), { what: 'the commits to wait' });
    await lab.kill(first);

    const second = lab.start('run');
    await second.says('the link starts');
    const [control] = await waitForSession(lab, 'control');
    await waitFor(() => isBlocked(lab, control!), { what: 'the second one to take the link over' });
    await freezer.execute('UNLOCK TABLES');
    await freezer.close();
    await lab.awaitLevel();
    second.signal('SIGTERM');
    expect((await second.end()).code).toBe(0);
    await lab.expectEqual();
  });
});

async function lanesWait(lab: FaultLab): Promise<boolean> {
  return (await sqlValue(lab.replica, 'SELECT COUNT(*) FROM performance_schema.data_lock_waits')) !== '0';
}

async function commitsWait(lab: FaultLab): Promise<boolean> {
  const waiting =
    "SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE OBJECT_TYPE = 'COMMIT' AND LOCK_STATUS = 'PENDING'";
  return (await sqlValue(lab.replica, waiting)) !== '0';
}

/** Whether a session waits for the global read lock of another. */
async function isBlocked(lab: FaultLab, session: number): Promise<boolean> {
  const state = `SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = ${session}`;
  return /^Waiting for (global read|commit) lock$/.test(String(await sqlValue(lab.replica, state)));
}

async function waitForSession(lab: FaultLab, label: string): Promise<number[]> {
  let sessions: number[] = [];
  await waitFor(async () => (sessions = await lab.sessions(lab.replica, label)).length > 0, { what: label });
  return sessions;
}
