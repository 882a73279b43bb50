import {
  readCommandLine,
  requireNumber,
  requireWholeNumber,
  toolParser,
} from '../../lab/tool-command-line.js';

/** What a run of the endpoint's bench measures. */
export const endpointParts = ['check', 'memory', 'latency', 'pairs', 'failover'] as const;
export type EndpointPart = (typeof endpointParts)[number];

export interface EndpointOptions {
  readonly parts: ReadonlySet<EndpointPart>;
  /** Length of each run of `check` and `latency`. */
  readonly seconds: number;
  readonly memorySeconds: number;
  readonly listeners: number;
  readonly ratePerSecond: number;
  /** All but the daemon keeps away from this core; null: all share all. */
  readonly daemonCore: number | null;
  readonly pairs: number;
  readonly workers: number;
  readonly seed: number;
  readonly writeDocs: boolean;
}

/** Reads the command line of `npm run bench:endpoint`; null: help was asked for and printed. Errors: TR_CONFIG_INVALID with every mistake. */
export function parseEndpointOptions(argv: readonly string[]): Promise<EndpointOptions | null> {
  return readCommandLine('bench:endpoint', commandLine(argv), (parsed, mistakes) => {
    requireNumber('seconds', parsed.seconds, [1, 600], mistakes);
    requireNumber('memory-seconds', parsed['memory-seconds'], [10, 86_400], mistakes);
    requireWholeNumber('listeners', parsed.listeners, [0, 2_000], mistakes);
    requireWholeNumber('rate', parsed.rate, [1, 100_000], mistakes);
    requireWholeNumber('count', parsed.count, [1, 100_000_000], mistakes);
    requireWholeNumber('workers', parsed.workers, [1, 256], mistakes);
    requireWholeNumber('seed', parsed.seed, [0, Number.MAX_SAFE_INTEGER], mistakes);
    const core = parsed['daemon-core'];
    if (core !== undefined) requireWholeNumber('daemon-core', core, [0, 1_023], mistakes);
    const chosen = endpointParts.filter((part) => parsed[part]);
    return {
      parts: new Set(chosen.length > 0 ? chosen : endpointParts),
      seconds: parsed.seconds,
      memorySeconds: parsed['memory-seconds'],
      listeners: parsed.listeners,
      ratePerSecond: parsed.rate,
      daemonCore: core ?? null,
      pairs: parsed.count,
      workers: parsed.workers,
      seed: parsed.seed,
      writeDocs: parsed['write-docs'],
    };
  });
}

function commandLine(argv: readonly string[]) {
  const part = (describe: string) => ({ type: 'boolean', default: false, describe }) as const;
  const number = (byDefault: number, describe: string) =>
    ({ type: 'number', default: byDefault, describe }) as const;
  return toolParser('bench:endpoint', argv)
    .usage(
      '$0 [options]\n\nMeasures the lag endpoint and the pool on real servers. Without a choice, all parts run.',
    )
    .option('check', part('Requests a second and their delay, with listeners on the stream'))
    .option('memory', part('The same for longer, to see whether memory grows'))
    .option('latency', part('Commit on the source to visible on a replica, and to told by the stream'))
    .option('pairs', part('Write and read back, while replicas lag, stop and are killed'))
    .option('failover', part('What an application sees when a replica or the daemon fails'))
    .option('seconds', number(20, 'Length of the runs of check and latency'))
    .option('memory-seconds', number(600, 'Length of the run of memory'))
    .option('listeners', number(1_000, 'Listeners on the stream'))
    .option('rate', number(10_000, 'Checks a second that are asked'))
    .option('daemon-core', {
      type: 'number',
      describe: 'Core that all but the daemon keeps away from; needs taskset',
    })
    .option('count', number(100_000, 'Pairs of a write and a read'))
    .option('workers', number(32, 'Applications that write and read at a time'))
    .option('seed', number(1, 'Another seed makes trouble in another order'))
    .option(
      'write-docs',
      part('Write docs/bench/endpoint.json and endpoint.md; parts that did not run stay as they are'),
    )
    .example('$0 --latency --seconds 5', 'a quick look at one part');
}
