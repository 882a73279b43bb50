import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseCase, renderCase } from './case-file.js';
import type { FuzzCase, FuzzServers } from './fuzz-case.js';
import type { FuzzFailure } from './fuzz-failure.js';
import { fuzzFeatures } from './fuzz-features.js';
import { type FuzzLab, startFuzzLab } from './fuzz-lab.js';
import type { FuzzOptions } from './fuzz-options.js';
import { FuzzProgress } from './fuzz-progress.js';
import { generateCase, roundsPerEra } from './generate-case.js';
import { callWitness } from './judge-replica.js';
import { type CaseOutcome, runCase } from './run-case.js';
import { shrinkCase } from './shrink-case.js';

/** Failures of tailrace that MySQL's own replica tells with the text of the statement. */
const statementStops = new Set(['stopped: TR_STATEMENT_REPLICA', 'stopped: TR_STATEMENT_FAILED']);

/** Runs rounds until the time is up or one fails; true when none did. Lines for a person go to `say`. */
export async function runFuzz(options: FuzzOptions, say: (line: string) => void): Promise<boolean> {
  const progress = new FuzzProgress(say, options.seed);
  const labs = new LabKeeper();
  const failed = async (
    fuzzCase: FuzzCase,
    failure: FuzzFailure,
    order: CaseOutcome['order'],
  ): Promise<false> => {
    progress.say(`round ${fuzzCase.round} of seed ${fuzzCase.seed} failed: ${failure.signature}`);
    for (const reason of failure.reasons) progress.say(`  ${reason}`);
    await keepCase(options, { fuzzCase, failure, order }, labs, progress);
    return false;
  };
  try {
    if (options.replay !== null) {
      const fuzzCase = parseCase(await readFile(options.replay, 'utf8'));
      const { failure } = await oneRound(labs, fuzzCase, progress);
      for (const reason of failure?.reasons ?? []) progress.say(`  ${reason}`);
      progress.say(failure === null ? 'The case does not fail.' : `The case fails: ${failure.signature}`);
      return failure === null;
    }
    const end = performance.now() + options.seconds * 1_000;
    for (let round = options.round; round === options.round || performance.now() < end; round += 1) {
      const fuzzCase = generateCase(options.seed, round, fuzzFeatures);
      if (round % roundsPerEra === 1) await labs.drop();
      const { failure, order } = await oneRound(labs, fuzzCase, progress);
      if (failure !== null) return await failed(fuzzCase, failure, order);
    }
    progress.say(`No difference. ${progress.summary()}`);
    return true;
  } finally {
    progress.stop();
    await labs.drop();
  }
}

/** Runs a case; what MySQL's own replica does likewise is no failure, and only said. */
async function oneRound(labs: LabKeeper, fuzzCase: FuzzCase, progress: FuzzProgress): Promise<CaseOutcome> {
  progress.begin(fuzzCase);
  const lab = await labs.get(fuzzCase.servers);
  const outcome = await runCase(lab, fuzzCase, (phase) => progress.phase(phase));
  progress.add(outcome);
  if (outcome.remark !== null) progress.say(`round ${fuzzCase.round}: ${outcome.remark}`);
  if (outcome.failure === null) return outcome;
  progress.phase('calling the witness');
  const asked = await askWitness(lab, outcome.failure);
  await labs.drop();
  const excuse = asked.isUnheard ? await excuseAlone(labs, fuzzCase, outcome) : asked.excuse;
  if (excuse === null) return outcome;
  progress.say(
    `round ${fuzzCase.round}: ${outcome.failure.signature}: ${outcome.failure.reasons.join('; ')}; ${excuse}`,
  );
  return { ...outcome, failure: null };
}

interface Testimony {
  /** What MySQL's own replica does with the same binary logs, if that is no better; null if it is. */
  readonly excuse: string | null;
  /** It stopped at something else, in the logs of an earlier round perhaps, and has not come so far. */
  readonly isUnheard: boolean;
}

async function askWitness(lab: FuzzLab, failure: FuzzFailure): Promise<Testimony> {
  if (failure.signature === 'not like the witness') return { excuse: null, isUnheard: false };
  const { stopped, fromReplica } = await callWitness(lab);
  if (stopped !== null) {
    const table = /on table .*?;/.exec(stopped)?.[0] ?? null;
    // Of a statement it tells the text, and no table.
    const isTheSame =
      table === null
        ? stopped.includes("Query: '") && statementStops.has(failure.signature)
        : failure.reasons.some((reason) => reason.includes(table));
    return {
      excuse: isTheSame ? `MySQL’s own replica stops as well: ${stopped}` : null,
      isUnheard: !isTheSame,
    };
  }
  const isLikewise = failure.signature === 'the data differs' && fromReplica.length === 0;
  return {
    excuse: isLikewise ? 'MySQL’s own replica differs from the source in the same way' : null,
    isUnheard: false,
  };
}

/** The same steps in the order in which they came, on servers whose logs hold nothing else. What does not fail again there has no excuse. */
async function excuseAlone(
  labs: LabKeeper,
  fuzzCase: FuzzCase,
  { order }: CaseOutcome,
): Promise<string | null> {
  const lab = await labs.get(fuzzCase.servers);
  const alone = { ...fuzzCase, steps: order.slice(fuzzCase.setup.length), inOrder: true };
  const { failure } = await runCase(lab, alone, () => undefined);
  const excuse = failure === null ? null : (await askWitness(lab, failure)).excuse;
  await labs.drop();
  return excuse;
}

interface FoundCase {
  readonly fuzzCase: FuzzCase;
  readonly failure: FuzzFailure;
  readonly order: CaseOutcome['order'];
}

/** Writes the case as it was found, shortens it, and writes the short one. */
async function keepCase(
  options: FuzzOptions,
  found: FoundCase,
  labs: LabKeeper,
  progress: FuzzProgress,
): Promise<void> {
  const { fuzzCase, failure, order } = found;
  const file = path.join(options.folder, `fuzz-case-${fuzzCase.seed}-${fuzzCase.round}.sql`);
  const ordered = { ...fuzzCase, steps: order.slice(fuzzCase.setup.length) };
  await writeFile(file, renderCase(ordered, failure.reasons));
  progress.say(`The case is in ${file}: npm run fuzz -- --replay ${file}`);
  if (options.shrinkSeconds === 0) return;
  const deadline = performance.now() + options.shrinkSeconds * 1_000;
  let reasons = failure.reasons;
  const fails = async (candidate: FuzzCase): Promise<boolean> => {
    progress.begin(candidate, 'shortening');
    const outcome = await runCase(await labs.get(candidate.servers), candidate, () => undefined);
    if (outcome.failure === null) return false;
    await labs.drop();
    if (outcome.failure.signature !== failure.signature) return false;
    reasons = outcome.failure.reasons;
    return true;
  };
  const short = await shrinkCase(fuzzCase, order, { fails, mayGoOn: () => performance.now() < deadline });
  if (short === fuzzCase) {
    progress.say('It could not be shortened: it did not fail again in another order. Kept as it was.');
    return;
  }
  await writeFile(file, renderCase(short, reasons));
  progress.say(`Shortened from ${fuzzCase.steps.length} to ${short.steps.length} steps.`);
}

/** The servers of the rounds, kept as long as they are fit for the next one. */
class LabKeeper {
  #lab: FuzzLab | null = null;

  async get(servers: FuzzServers): Promise<FuzzLab> {
    const fits = JSON.stringify(this.#lab?.servers) === JSON.stringify(servers);
    if (this.#lab !== null && fits) return this.#lab;
    await this.drop();
    return (this.#lab = await startFuzzLab(servers));
  }

  async drop(): Promise<void> {
    const lab = this.#lab;
    this.#lab = null;
    await lab?.stop();
  }
}
