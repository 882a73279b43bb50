import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { type FilledSource, startFilledSource, startReplica } from './bench-servers.js';
import { lagChart, type LagCurve } from './lag-chart.js';
import { recordLag } from './lag-recording.js';
import { catchUpNatively, configureNativeReplication } from './native-replica.js';
import { PlannedProgress } from './planned-progress.js';
import { requireEqualData } from './require-equal-data.js';
import { serverVersion } from './server-version.js';
import { catchUpWithTailrace } from './tailrace-replica.js';
import { mixedOltp } from './workloads/mixed-oltp.js';
import { repositoryFile } from '../repository-file.js';

// Run as `node build/tools/bench/write-lag-chart.js`: two replicas catch up with the same binary log, one after the other, and what
// each lacks meanwhile is drawn into docs/lag.svg.

async function recordCurve(
  source: FilledSource,
  kind: LagCurve['kind'],
  catchUp: (replica: LabServer) => Promise<unknown>,
): Promise<LagCurve> {
  const replica = await startReplica(source, { role: `${kind} replica` });
  try {
    const samples = await recordLag(replica, source.target, () => catchUp(replica));
    await requireEqualData(source.server, replica, source.target, kind);
    const seconds = (samples.at(-1)?.atMs ?? 0) / 1_000;
    const who = kind === 'native' ? 'native replication, defaults' : 'tailrace catchup, defaults';
    return { kind, label: `${who}: ${seconds.toFixed(1)} s`, samples };
  } finally {
    await replica.stop();
  }
}

// Taken before anything is started here: figures from a machine that does other things say so.
const busy = (loadavg()[0] ?? 0) > 1 ? ', busy with other work' : '';
const progress = new PlannedProgress((line) => void process.stderr.write(`${line}\n`));
const mysql = await serverVersion(progress.note);
const source = await startFilledSource(mixedOltp, { seed: 1, scale: 1 }, progress);
try {
  const curves = [
    await recordCurve(source, 'native', async (replica) => {
      await configureNativeReplication(replica, source.server.address);
      await catchUpNatively(replica, source.target);
    }),
    await recordCurve(source, 'tailrace', (replica) =>
      catchUpWithTailrace(defaultLinkSettings(source.server.address, replica.address), source.target),
    ),
  ];
  const transactions = source.transactions.toLocaleString('en-US');
  const day = new Date().toISOString().slice(0, 10);
  const note = `${transactions} transactions (${mixedOltp.title}), MySQL ${mysql}, durable; ${cpus().length} cores${busy}; ${day}`;
  writeFileSync(repositoryFile('docs/lag.svg'), lagChart(curves, note));
  for (const { label } of curves) process.stdout.write(`${label}\n`);
} finally {
  await source.server.stop();
}
