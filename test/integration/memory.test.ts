import { describe, expect, test } from '@jest/globals';
import { expectEqual } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { TailraceProcess, urlOf } from '../support/tailrace-process.js';

const lab = useLab();
const mebibyte = 2 ** 20;
const promisedMib = 300;
const largestMib = 32;

/** Runs at the end of the process; a look from outside would miss the end. */
const tellPeak =
  'import{readFileSync as r}from"node:fs";process.on("exit",()=>{process.stderr.write(r("/proc/self/status","utf8").match(/VmHWM.*/)[0])})';

/** The most resident memory of a process that catches up, in MiB. */
async function peakOfCatchUp(): Promise<number> {
  const { source, replica } = await lab();
  const catchUp = new TailraceProcess(
    ['catchup', '--source', urlOf(source.address), '--replica', urlOf(replica.address)],
    {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tellPeak)}`,
    },
  );
  const { code, stderr } = await catchUp.end();
  if (code !== 0) throw new Error(stderr);
  await expectEqual(await lab());
  return Number(/VmHWM:\s+(\d+) kB/.exec(stderr)?.[1]) / 1024;
}

describe('memory stays within what is promised', () => {
  test('where one transaction has a million rows of a few bytes [P5]', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'CREATE DATABASE narrow',
      'USE narrow',
      'CREATE TABLE digits (d INT PRIMARY KEY)',
      'INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)',
      'CREATE TABLE one (id INT PRIMARY KEY)',
      `INSERT INTO one SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d
       FROM digits a, digits b, digits c, digits e, digits f, digits g`,
    );
    expect(await peakOfCatchUp()).toBeLessThan(promisedMib);
  });

  test('where a row has 32 MiB, before and after [P5]', async () => {
    const { onSource, onReplica } = await lab();
    for (const session of [onSource, onReplica])
      await sql(session, `SET GLOBAL max_allowed_packet = ${2 ** 30}`);
    const writer = await (await lab()).source.connect();
    await sql(
      writer,
      'CREATE DATABASE wide',
      'CREATE TABLE wide.one (id INT PRIMARY KEY, v LONGBLOB)',
      `INSERT INTO wide.one VALUES (1, REPEAT('a', ${largestMib * mebibyte}))`,
      `UPDATE wide.one SET v = REPEAT('b', ${largestMib * mebibyte})`,
    );
    await writer.close();
    expect(await peakOfCatchUp()).toBeLessThan(promisedMib + 2 * largestMib);
  });
});
