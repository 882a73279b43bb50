import { z } from 'zod';
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
  degradeAboveMs: ['ms', 'Lag above which a replica is degraded.'],
  degradeUntilMs: ['ms', 'Lag below which it is no longer; below degrade_above_ms.'],
  ejectAboveMs: ['ms', 'Lag above which a replica is ejected.'],
  ejectUntilMs: ['ms', 'Lag below which it may come back; below eject_above_ms.'],
  worseHoldMs: ['ms', 'How long it must have been worse before its state follows.'],
  betterHoldMs: ['ms', 'How long it must have been better before its state follows.'],
  unknownHoldMs: ['ms', 'How long a replica keeps its state while its lag is unknown.'],
  rampMs: ['ms', 'Until a replica that came back has all of its weight.'],
  rampStartShare: ['positive-share', 'The share of its weight with which it begins.'],
  degradedShare: ['positive-share', 'Weight of a degraded replica, as a share of its own.'],
  flapHalfLifeMs: ['positive-ms', 'In this time the penalty of a replica that fell out is halved.'],
  flapSuppress: ['penalty', 'From this penalty on it stays out; each fall adds 1.'],
  flapReuse: ['penalty', 'Until its penalty is below this; below flap_suppress.'],
  flapSuppressMsMax: ['ms', 'But for no longer than this.'],
  floorReplicas: ['count', 'So many replicas are read as long as so many answer.'],
  floorHoldMs: ['ms', 'How long one that is kept for that reason stays so.'],
  answerHoldMs: ['ms', 'How long one must have answered to be kept.'],
  shedFromThreads: ['threads', 'Running threads from which a replica loses weight.'],
  shedToThreads: ['threads', 'Running threads at which only shed_share_min is left.'],
  shedFromConnectionShare: [
    'share',
    'Connections from which it loses weight, as a share of max_connections.',
  ],
  shedToConnectionShare: ['share', 'The share of max_connections at which only shed_share_min is left.'],
  shedShareMin: ['positive-share', 'What overload always leaves of a weight.'],
  shedReturnMs: ['ms', 'How long what was shed takes to come back.'],
  spillBelowShare: ['positive-share', 'While the replicas have less of their weight left, the source helps.'],
  spillShareMax: ['share', 'Of all reads it takes so many at most, while a replica can be read.'],
  spillShareMaxAlone: ['share', 'The same while none can.'],
  zoneHealthyShare: ['share', "Part of a zone's replicas that must serve for its readers to stay in it."],
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
      'What max_lag_ms counts from: origin, the server on which data was committed first; or source, the one that the replica is fed from.',
    default: hintDefaults.maxLagFrom,
  }),
  zone_distances: z
    .record(zoneName, z.record(zoneName, z.number().min(0).max(1_000_000)))
    .optional()
    .meta({
      description:
        'How far zones are from each other, by names: zone_distances.a.b. Where nothing is said, 0 from itself and 1 from every other.',
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
