import { exitCodes } from '../errors/exit-codes.js';
import { startLabTopology } from '../lab/lab-topology.js';
import { Demo } from './demo.js';
import { atEpochBoundary, Interrupt } from './interrupt.js';
import type { Arguments } from './link-options.js';
import { wrongCommandLine } from './wrong-command-line.js';

const secondsMin = 5;
const secondsMax = 3_600;

/** `tailrace demo`: shows the whole of it on servers of its own. Exit code 1 when the replicas are not equal in the end. */
export async function demo(args: Arguments): Promise<number> {
  const seconds = readSeconds(args.seconds);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const interrupt = new Interrupt(atEpochBoundary, (text) => process.stderr.write(text));
  try {
    const topology = await startLabTopology({ replicas: 2, log: say });
    try {
      if (interrupt.signal.aborted) return exitCodes.ok;
      const equal = await new Demo(topology, { seconds, say, signal: interrupt.signal }).play();
      return equal ? exitCodes.ok : exitCodes.problemsFound;
    } finally {
      await topology.stop();
    }
  } finally {
    interrupt.dispose();
  }
}

function readSeconds(value: unknown): number {
  const seconds = Number(value);
  if (Number.isInteger(seconds) && seconds >= secondsMin && seconds <= secondsMax) return seconds;
  throw wrongCommandLine(
    [`--seconds: must be a whole number from ${secondsMin} to ${secondsMax}`],
    'As in: tailrace demo --seconds 30',
  );
}
