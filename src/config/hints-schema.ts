import * as z from 'zod';
import { hintDefaults, type HintSettings } from '../hints/hint-settings.js';
import { maxLagOrigins } from '../hints/hints.js';
import { settingName } from './setting-name.js';

type NumberName = Exclude<keyof HintSettings, 'zoneDistances' | 'maxLagFrom'>;

/** What a number may be. */
type Kind = 'ms' | 'positive-ms' | 'share' | 'positive-share' | 'count' | 'penalty' | 'threads';

const dayMs = 86_400_000;

const kinds: Readonly<Record<Kind, z.ZodNumber>> = {
  ms: z.int().min(0).max(dayMs),
  // Divided by.
  'positive-ms': z.int().min(1).max(dayMs),
  share: z.number().min(0).max(1),
  // A replica that is read has a weight above zero.
  'positive-share': z.number().min(0.01).max(1),
  count: z.int().min(0).max(64),
  penalty: z.number().min(0.01).max(1_000),
  threads: z.int().min(1).max(1_000_000),
};

const descriptions: Readonly<Record<NumberName, readonly [kind: Kind, description: string]>> = {
  degradeAboveMs: ['ms', 'Lag above which a replica becomes degraded.'],
  degradeUntilMs: ['ms', 'Lag below which a degraded replica recovers. Must be below degrade_above_ms.'],
  ejectAboveMs: ['ms', 'Lag above which a replica is ejected.'],
  ejectUntilMs: ['ms', 'Lag below which an ejected replica may come back. Must be below eject_above_ms.'],
  worseHoldMs: ['ms', 'How long a replica must be worse before its state changes.'],
  betterHoldMs: ['ms', 'How long a replica must be better before its state changes.'],
  unknownHoldMs: ['ms', 'How long a replica keeps its state while its lag is unknown.'],
  rampMs: ['ms', 'Time until a replica that came back has its full weight.'],
  rampStartShare: ['positive-share', 'Share of its weight with which it starts.'],
  degradedShare: ['positive-share', 'Weight of a degraded replica, as a share of its full weight.'],
  flapHalfLifeMs: ['positive-ms', 'Time in which the penalty of a replica halves. Each ejection adds 1.'],
  flapSuppress: ['penalty', 'Penalty from which a replica stays out.'],
  flapReuse: ['penalty', 'Penalty below which it may come back. Must be below flap_suppress.'],
  flapSuppressMsMax: ['ms', 'Longest time that the penalty keeps a replica out.'],
  floorReplicas: ['count', 'Minimum number of replicas to read, as long as that many answer.'],
  floorHoldMs: ['ms', 'How long a replica kept for that reason stays in use.'],
  answerHoldMs: ['ms', 'How long a replica must have answered to be kept for that reason.'],
  shedFromThreads: ['threads', 'Number of running threads from which a replica loses weight.'],
  shedToThreads: ['threads', 'Number of running threads at which only shed_share_min of its weight is left.'],
  shedFromConnectionShare: ['share', 'Share of max_connections from which a replica loses weight.'],
  shedToConnectionShare: [
    'share',
    'Share of max_connections at which only shed_share_min of its weight is left.',
  ],
  shedShareMin: ['positive-share', 'Share of its weight that an overloaded replica always keeps.'],
  shedReturnMs: ['ms', 'Time in which lost weight comes back.'],
  spillBelowShare: [
    'positive-share',
    'The source takes reads while the replicas have less than this share of their weight.',
  ],
  spillShareMax: ['share', 'Largest share of all reads for the source, while a replica can be read.'],
  spillShareMaxAlone: ['share', 'Largest share of all reads for the source, while no replica can be read.'],
  zoneHealthyShare: [
    'share',
    "Share of a zone's replicas that must serve for its readers to stay in the zone.",
  ],
};

const names = Object.keys(descriptions) as NumberName[];

export const zoneName = z
  .string()
  .regex(/^[^\s\p{Cc}]{1,64}$/u, 'a zone has 1 to 64 characters and no spaces');

/** The `hints` group. */
export const hintsSchema = z.strictObject({
  ...Object.fromEntries(
    names.map((name) => {
      const [kind, description] = descriptions[name];
      return [settingName(name), kinds[kind].optional().meta({ description, default: hintDefaults[name] })];
    }),
  ),
  max_lag_from: z.enum(maxLagOrigins).optional().meta({
    description:
      'Where max_lag_ms counts from. origin: the server on which the data was committed first. source: the server that feeds the replica.',
    default: hintDefaults.maxLagFrom,
  }),
  zone_distances: z
    .record(zoneName, z.record(zoneName, z.number().min(0).max(1_000_000)))
    .optional()
    .meta({
      description:
        'Distances between zones, by name: zone_distances.a.b. Default: 0 within a zone and 1 between two zones.',
      default: {},
    }),
});

/** Each must be below the other. */
const ordered: readonly (readonly [low: NumberName, high: NumberName])[] = [
  ['degradeUntilMs', 'degradeAboveMs'],
  ['ejectUntilMs', 'ejectAboveMs'],
  ['degradeAboveMs', 'ejectAboveMs'],
  ['flapReuse', 'flapSuppress'],
  ['shedFromThreads', 'shedToThreads'],
  ['shedFromConnectionShare', 'shedToConnectionShare'],
];

/** The settings that a `hints` group asks for; `report` is told what does not go together, by the name of the setting. */
export function resolveHints(
  config: z.infer<typeof hintsSchema>,
  report: (setting: string, message: string) => void,
): HintSettings {
  const given = config as Readonly<Record<string, number | undefined>>;
  const numbers = Object.fromEntries(
    names.map((name) => [name, given[settingName(name)] ?? hintDefaults[name]]),
  ) as Record<NumberName, number>;
  for (const [low, high] of ordered) {
    if (numbers[low] < numbers[high]) continue;
    const isLowGiven = given[settingName(low)] !== undefined;
    const [at, other, relation] = isLowGiven ? [low, high, 'below'] : [high, low, 'above'];
    const byDefault = given[settingName(other)] === undefined ? ' by default' : '';
    report(
      settingName(at),
      `must be ${relation} ${settingName(other)}, which is ${numbers[other]}${byDefault}`,
    );
  }
  return {
    ...numbers,
    zoneDistances: config.zone_distances ?? hintDefaults.zoneDistances,
    maxLagFrom: config.max_lag_from ?? hintDefaults.maxLagFrom,
  };
}
