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
      return `nothing waits, but the stream runs ${durationWords(lagMicros)} late${intended}`;
    case 'waiting':
      return `${durationWords(lagMicros)} behind${intended}: ${transactions(reading.transactionsWaiting)}`;
    default:
      return 'level: nothing waits';
  }
}

function transactions(waiting: number): string {
  if (waiting === 0) return 'what waited when the stream was lost is not applied yet';
  return waiting === 1 ? '1 transaction waits' : `${waiting} transactions wait`;
}
