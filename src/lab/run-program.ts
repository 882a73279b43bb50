import { execFile } from 'node:child_process';

const outputBytesMax = 16 * 1024 * 1024;

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Text for the program's standard input. */
  readonly input?: string;
}

/**
 * Runs a program to its end and returns what it printed on stdout. Throws an Error whose message holds the end of its
 * stderr if it fails or takes longer than `timeoutMs`.
 */
export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: { ...process.env, LC_ALL: 'C', ...options.environment },
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: outputBytesMax,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const reason =
          error.killed === true ? `still running after ${options.timeoutMs} ms` : lastLines(stderr);
        reject(new Error(`${command} failed: ${reason === '' ? error.message : reason}`, { cause: error }));
      },
    );
    // A program that ends before it has read its input breaks the pipe; its exit status says why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-5).join('\n');
}
