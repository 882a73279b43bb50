import { beforeAll, describe, expect, test } from '@jest/globals';
import { exitCodes } from '../../src/errors/exit-codes.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql } from '../support/sql.js';
import { type TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

/** A try every 30 s, on a busy machine. */
const mendedMs = 120_000;

describe('what somebody mends from outside does not end a daemon', () => {
  const useServers = useFaultLab();
  const workload = new FaultWorkload(20_261_129);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
    await sql(
      lab.replica,
      'SET sql_log_bin = 0',
      "CREATE USER plain@'%' IDENTIFIED BY 'secret'",
      "GRANT ALL ON *.* TO plain@'%' WITH GRANT OPTION",
    );
  });

  async function listening(running: TailraceProcess): Promise<string> {
    await running.says('the lag endpoint listens');
    const line = running.stderr.split('\n').find((one) => one.includes('the lag endpoint listens'));
    return `http://127.0.0.1:${(JSON.parse(line!) as { port: number }).port}`;
  }

  async function answers(url: string): Promise<boolean> {
    return (await fetch(`${url}/livez`)).ok;
  }

  test('super_read_only for some seconds [P35]', async () => {
    const running = lab.start('run', ['--listen', '127.0.0.1:0']);
    const url = await listening(running);
    await lab.awaitLevel();
    await sql(lab.replica, 'SET GLOBAL super_read_only = 1');
    await workload.burst(lab.source, 20);
    await running.says(/TR_REPLICA_SUPER_READ_ONLY.*waits until somebody fixes this/);
    expect(await answers(url)).toBe(true);
    await sql(lab.replica, 'SET GLOBAL super_read_only = 0, GLOBAL read_only = 0');
    await lab.awaitLevel(lab.replica, mendedMs);
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(exitCodes.ok);
    await lab.expectEqual();
  });

  test('super_read_only at the start', async () => {
    await sql(lab.replica, 'SET GLOBAL super_read_only = 1');
    const running = lab.start('run');
    await running.says(/TR_REPLICA_SUPER_READ_ONLY.*waits until somebody fixes this/);
    await sql(lab.replica, 'SET GLOBAL super_read_only = 0, GLOBAL read_only = 0');
    await lab.awaitLevel(lab.replica, mendedMs);
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(exitCodes.ok);
  });

  test('a privilege that is taken away and given again [P35]', async () => {
    const address = { ...lab.replica.address, user: 'plain', password: 'secret' };
    const running = lab.start('run', ['--listen', '127.0.0.1:0'], { TAILRACE_REPLICA_URL: urlOf(address) });
    const url = await listening(running);
    await lab.awaitLevel();
    const privileges = 'REPLICATION_APPLIER, BINLOG_ADMIN, SUPER, SYSTEM_VARIABLES_ADMIN';
    await sql(lab.replica, 'SET sql_log_bin = 0', `REVOKE ${privileges} ON *.* FROM plain@'%'`);
    // Sessions keep what they had when they were opened.
    await lab.killSessions(lab.replica, 'control');
    await running.says(/TR_(PRIVILEGE_MISSING|PREFLIGHT_FAILED).*waits until somebody fixes this/);
    expect(await answers(url)).toBe(true);
    await sql(lab.replica, 'SET sql_log_bin = 0', `GRANT ${privileges} ON *.* TO plain@'%'`);
    await workload.burst(lab.source, 20);
    await lab.awaitLevel(lab.replica, mendedMs);
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(exitCodes.ok);
    await lab.expectEqual();
  });

  test('a second one stands by, and takes over when the first one ends [P35]', async () => {
    const first = lab.start('run');
    await first.says('the link starts');
    await lab.awaitLevel();
    const second = lab.start('run');
    await second.says('standing by');
    await workload.burst(lab.source, 20);
    await lab.awaitLevel();
    first.signal('SIGTERM');
    expect((await first.end()).code).toBe(exitCodes.ok);
    await workload.burst(lab.source, 20);
    await lab.awaitLevel(lab.replica, mendedMs);
    second.signal('SIGTERM');
    expect((await second.end()).code).toBe(exitCodes.ok);
    await lab.expectEqual();
  });

  test('data that differs stops the link for good, and the lag endpoint goes on telling so [P35]', async () => {
    const running = lab.start('run', ['--listen', '127.0.0.1:0']);
    const url = await listening(running);
    await lab.awaitLevel();
    await sql(
      lab.source,
      'CREATE TABLE fault_shop.apart (id INT PRIMARY KEY, v INT)',
      'INSERT INTO fault_shop.apart VALUES (1, 1)',
    );
    await lab.awaitLevel();
    await sql(lab.replica, 'SET sql_log_bin = 0', 'DELETE FROM fault_shop.apart');
    await sql(lab.source, 'UPDATE fault_shop.apart SET v = 2');
    await running.says('no link is running');
    expect(running.stderr).toContain('TR_APPLY_CONFLICT');
    expect(await answers(url)).toBe(true);
    await waitFor(async () => (await (await fetch(`${url}/metrics`)).text()).includes('state="failed"'), {
      what: 'the metrics to say so',
    });
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(exitCodes.stopped);
  });
});
