import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EndpointLab } from '../../tools/bench/endpoint/endpoint-lab.js';
import { failoverKinds, failoverLine, runFailover } from '../../tools/bench/endpoint/failover-run.js';

let lab: EndpointLab;

beforeAll(async () => {
  lab = await EndpointLab.start({ replicas: 3 });
});
afterAll(() => lab.stop());

test('a replica or the daemon is killed or stalled, and the application sees no error [P32]', async () => {
  const results = await runFailover(lab, (line) => void process.stderr.write(`${line}\n`), 500);
  expect(results.map(({ kind }) => kind)).toEqual(failoverKinds);
  for (const result of results) {
    expect({ told: failoverLine(result), errors: result.errors }).toMatchObject({ errors: {} });
    expect(result.reads).toBeGreaterThan(0);
  }
}, 600_000);
