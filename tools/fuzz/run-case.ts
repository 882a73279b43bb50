import { describeDifference } from '../../src/verify/server-difference.js';
import { catchUpCase } from './catch-up-case.js';
import { DataCopy } from './data-copy.js';
import type { Disturbance, FuzzCase, FuzzStep } from './fuzz-case.js';
import type { FuzzFailure } from './fuzz-failure.js';
import type { FuzzLab } from './fuzz-lab.js';
import { callWitness, judgeReplica } from './judge-replica.js';
import { LiveTailrace } from './live-tailrace.js';
import { addReplicaColumns, dropReplicaColumns } from './replica-columns.js';
import { StepWriters } from './step-writers.js';
import type { TailraceTask } from './tailrace-child.js';

/** While tailrace follows, so that it does not only see what has piled up. */
const livePauseMs = 4;

/** What a round did, and what was wrong with it. */
export interface CaseOutcome {
  readonly failure: FuzzFailure | null;
  /** The steps as they were started. */
  readonly order: readonly FuzzStep[];
  readonly refused: number;
  readonly kills: number;
  /** Epochs whose plan did not hold; of the processes that were not killed. */
  readonly fallbacks: number;
  /** What is worth saying although it is no failure. */
  readonly remark: string | null;
}

/** Runs a case to its end on servers that have no other user, and compares. `onPhase` is told what is going on. */
export async function runCase(
  lab: FuzzLab,
  fuzzCase: FuzzCase,
  onPhase: (phase: string) => void,
): Promise<CaseOutcome> {
  const { source, replica, proxy, start, servers } = lab;
  const from = servers.gtid ? null : `${start.file}:${start.offset}`;
  const address = { ...replica.address, port: proxy.port };
  const task: TailraceTask = { source, replica: address, link: fuzzCase.link, from };
  const copy = isEverRestored(fuzzCase) ? await DataCopy.take(replica) : null;
  try {
    return await runOn(lab, fuzzCase, { task, copy, onPhase });
  } finally {
    await copy?.remove();
  }
}

interface RunParts {
  readonly task: TailraceTask;
  /** null: nothing in the case puts the replica back. */
  readonly copy: DataCopy | null;
  readonly onPhase: (phase: string) => void;
}

async function runOn(
  lab: FuzzLab,
  fuzzCase: FuzzCase,
  { task, copy, onPhase }: RunParts,
): Promise<CaseOutcome> {
  onPhase('writing');
  const written = await writeCase(lab, fuzzCase, task, copy);
  const outcome = {
    order: written.order,
    refused: written.refused,
    kills: written.kills,
    fallbacks: 0,
    remark: null,
  };
  if (written.failure !== null) return { ...outcome, failure: written.failure };
  onPhase('catching up');
  const caughtUp = await catchUpCase(task, fuzzCase.deaths, async () => copy?.restore());
  const { failure, fallbacks, remark } = caughtUp;
  const so = { ...outcome, kills: outcome.kills + caughtUp.kills, fallbacks, remark };
  if (failure !== null) return { ...so, failure };
  onPhase('comparing');
  if (fuzzCase.replicaColumns) await dropReplicaColumns(lab.replica);
  const differs = await judgeReplica(lab);
  if (differs !== null || !fuzzCase.witness) return { ...so, failure: differs };
  onPhase('calling the witness');
  const heard = await heardWitness(lab);
  return { ...so, failure: heard.failure, remark: heard.remark ?? remark };
}

interface Written {
  readonly order: readonly FuzzStep[];
  readonly refused: number;
  readonly kills: number;
  readonly failure: FuzzFailure | null;
}

/** Whether the replica is put back to what it had before the case. */
function isEverRestored({ disturbances, deaths }: FuzzCase): boolean {
  return (
    disturbances.some(({ kind }) => kind === 'restore-replica') ||
    deaths.some(({ isRestored }) => isRestored === true)
  );
}

async function writeCase(
  lab: FuzzLab,
  fuzzCase: FuzzCase,
  task: TailraceTask,
  copy: DataCopy | null,
): Promise<Written> {
  const live = fuzzCase.live ? new LiveTailrace(task) : null;
  const waiting = [...fuzzCase.disturbances];
  let disturbing: Promise<void> = Promise.resolve();
  const onStep = (started: number): void => {
    while (waiting[0] !== undefined && waiting[0].afterSteps <= started) {
      const next = waiting.shift()!;
      // One after the other: a server that is being restarted is not killed meanwhile.
      disturbing = disturbing.then(() => disturb(next, { lab, live, copy }));
    }
  };
  const writers = new StepWriters(lab.source, { onStep, pauseMs: fuzzCase.live ? livePauseMs : 0 });
  await writers.write({ ...fuzzCase, steps: [] });
  if (fuzzCase.replicaColumns) {
    const { failure } = await catchUpCase(task, [], () => Promise.resolve());
    if (failure !== null) return { order: writers.order, refused: writers.refused, kills: 0, failure };
    await addReplicaColumns(lab.replica);
  }
  live?.start();
  try {
    await writers.write({ ...fuzzCase, setup: [] });
  } finally {
    await disturbing;
    await live?.stop();
  }
  const { order, refused } = writers;
  return { order, refused, kills: live?.kills ?? 0, failure: live?.failure ?? null };
}

interface Disturbed {
  readonly lab: FuzzLab;
  readonly live: LiveTailrace | null;
  readonly copy: DataCopy | null;
}

async function disturb(disturbance: Disturbance, { lab, live, copy }: Disturbed): Promise<void> {
  switch (disturbance.kind) {
    case 'kill-tailrace':
      live?.kill(null);
      return;
    case 'failpoint':
      live?.kill(disturbance.failpoint);
      return;
    case 'kill-replica':
      await lab.replica.kill();
      return lab.replica.restart();
    case 'restart-replica':
      return lab.replica.restart();
    case 'stall':
      lab.proxy.stall();
      return;
    case 'restore-replica':
      return copy?.restore();
    case 'kill-source':
      await lab.source.kill();
      return lab.source.restart();
  }
}

/**
 * What MySQL's own replica cannot apply, or applies to another row of a table without a key, is said, and no failure: tailrace's replica
 * has been found to equal the source. Only of AUTO_INCREMENT counters does the witness know better than the source.
 */
async function heardWitness(lab: FuzzLab): Promise<{ failure: FuzzFailure | null; remark: string | null }> {
  const { stopped, fromReplica } = await callWitness(lab);
  if (stopped !== null)
    return { failure: null, remark: `MySQL’s own replica stopped, tailrace did not: ${stopped}` };
  const told = fromReplica.map((difference) => ({
    ...difference,
    text: describeDifference(difference).replaceAll('source', 'witness'),
  }));
  const counters = told.filter(({ kind }) => kind === 'auto-increment');
  const astray = told.filter(({ kind }) => kind !== 'auto-increment');
  const reasons = counters
    .filter(({ schema, name }) => !astray.some((one) => one.schema === schema && one.name === name))
    .map(({ text }) => text);
  if (reasons.length > 0) return { failure: { signature: 'not like the witness', reasons }, remark: null };
  const remark = `MySQL’s own replica differs from the source, tailrace does not: ${astray.map(({ text }) => text).join('; ')}`;
  return { failure: null, remark: astray.length === 0 ? null : remark };
}
