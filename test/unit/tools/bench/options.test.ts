import { describe, expect, test } from '@jest/globals';
import { benchParts, parseBenchOptions } from '../../../../tools/bench/bench-options.js';
import { workloads } from '../../../../tools/bench/workloads/workload-list.js';

async function parse(...argv: string[]) {
  const options = await parseBenchOptions(argv);
  if (options === null) throw new Error('help was not asked for');
  return options;
}

describe('command line of the bench', () => {
  test('without options: everything, three rounds, full scale, nothing written', async () => {
    const options = await parse();
    expect([...options.parts]).toEqual([...benchParts]);
    expect(options.workloads).toEqual(workloads);
    expect(options).toMatchObject({ rounds: 3, scale: 1, jsonFile: null, svgFile: null, writeDocs: false });
  });

  test('--only picks workloads and leaves the other parts out', async () => {
    const options = await parse('--only', 'hot-rows,mixed', '--rounds', '1', '--scale', '0.1');
    expect(options.workloads.map(({ name }) => name)).toEqual(['mixed', 'hot-rows']);
    expect([...options.parts]).toEqual(['workloads']);
    expect(options).toMatchObject({ rounds: 1, scale: 0.1 });
  });

  test('parts are those named', async () => {
    expect([...(await parse('--follow', '--memory')).parts]).toEqual(['memory', 'follow']);
  });

  test('every mistake is told of', async () => {
    await expect(parse('--only', 'mixed,nothing', '--rounds', '0', '--scale', '-1')).rejects.toMatchObject({
      code: 'TR_CONFIG_INVALID',
      what: expect.stringMatching(/nothing.*--rounds.*--scale/) as unknown as string,
    });
    await expect(parse('--no-such-option')).rejects.toMatchObject({ code: 'TR_CONFIG_INVALID' });
    await expect(parse('--rounds', 'many')).rejects.toMatchObject({ code: 'TR_CONFIG_INVALID' });
  });
});
