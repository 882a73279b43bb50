import { renderFailure } from '../../src/errors/render-failure.js';

/** Runs a tool of this repository. Gives its exit code; what goes wrong is told on stderr, as the command line tells it. */
export async function runTool(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const failure = renderFailure(error);
    process.stderr.write(`${failure.text}\n`);
    return failure.exitCode;
  }
}

/**
 * Lets SIGINT and SIGTERM end the process by way of its listeners of `exit`: the lab's servers end by themselves, and those
 * listeners kill what was started besides.
 */
export function exitOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
