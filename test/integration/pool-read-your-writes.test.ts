import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EndpointLab } from '../../tools/bench/endpoint/endpoint-lab.js';
import { pairsLine, PairsRun } from '../../tools/bench/endpoint/pairs-run.js';

const seed = Date.now() % 1e9;
let lab: EndpointLab;

beforeAll(async () => {
  lab = await EndpointLab.start({ replicas: 3 });
});
afterAll(() => lab.stop());

const say = (line: string): void => void process.stderr.write(`seed ${seed}: ${line}\n`);

test('a session reads its writes while replicas lag, stop and are killed, and the daemon is [P32]', async () => {
  const task = { pairs: 1_500, workers: 16, seed, consistency: 'session', troubles: null } as const;
  const result = await new PairsRun(lab, task).run();
  say(pairsLine(result));
  expect(result).toMatchObject({ stale: 0, writeErrors: {} });
  expect(result.pairs).toBeGreaterThanOrEqual(0.99 * task.pairs);
  expect(result.replicaShare).toBeGreaterThan(0);
}, 600_000);

test('the same run sees stale reads where nothing is asked for [P32]', async () => {
  const task = { pairs: 500, workers: 16, seed, consistency: 'eventual', troubles: ['locked'] } as const;
  const result = await new PairsRun(lab, task).run();
  say(pairsLine(result));
  expect(result.stale).toBeGreaterThan(0);
}, 600_000);
