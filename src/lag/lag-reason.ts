import { durationWords } from './duration-words.js';
import { type LagReading, unknownLagWords } from './lag-reading.js';

/** A reading in one sentence. */
export function lagReason(reading: Omit<LagReading, 'reason'>): string {
  const { lagMicros, atMostMicros } = reading;
  if (lagMicros === null) {
    const unknown = reading.unknown ?? 'starting';
    const words = unknownLagWords[unknown];
    if (atMostMicros === null) return `${unknown === 'starting' ? '' : 'lag unknown: '}${words}`;
    return `lag unknown: ${words}; the data is at most ${durationWords(atMostMicros)} old`;
  }
  const intended =
    reading.delayMicros > 0 ? ` beyond the intended ${durationWords(reading.delayMicros)}` : '';
  switch (reading.basis) {
    case 'delivery':
      return `nothing waits, but transactions arrive ${durationWords(lagMicros)} late${intended}${originWords(reading)}`;
    case 'waiting':
      return `${durationWords(lagMicros)} behind${intended}: ${transactions(reading.transactionsWaiting)}${originWords(reading)}`;
    default:
      return `caught up: nothing waits${originWords(reading)}`;
  }
}

/** Smaller differences are told by the figures alone: a source that is a replica says how far it is behind in whole seconds. */
const originMicrosMin = 1_000_000;

/** What is to be added to a lag that is known, where the source is itself a replica; empty: nothing. */
export function originWords({
  lagMicros,
  delayMicros,
  originLagMicros,
}: Pick<LagReading, 'lagMicros' | 'delayMicros' | 'originLagMicros'>): string {
  if (originLagMicros === null)
    return '; its lag behind the first source is unknown: the source is a replica, or tailrace may not ask it';
  if (originLagMicros - (lagMicros ?? 0) - delayMicros < originMicrosMin) return '';
  return `; ${durationWords(originLagMicros)} behind the first source, because the source is a replica`;
}

function transactions(waiting: number): string {
  if (waiting === 0) return 'what waited when the stream was lost is not applied yet';
  return waiting === 1 ? '1 transaction waits' : `${waiting} transactions wait`;
}
