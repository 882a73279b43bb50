import { readFile } from 'node:fs/promises';

/** What the kernel says of a process. */
export interface ProcessFigures {
  readonly rssMib: number;
  /** User and system, of all its threads, since its start. */
  readonly cpuSeconds: number;
}

/** proc(5): times are in clock ticks, and Linux shows programs 100 of them a second whatever its own are. */
const ticksPerSecond = 100;

/** Linux only. Throws when the process is gone. */
export async function readProcessFigures(pid: number): Promise<ProcessFigures> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
  // The program's name, in parentheses, may hold anything; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { rssMib: kib / 1_024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
}
