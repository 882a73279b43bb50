import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs the server as its child and reports its process id on stdout. A second shell waits on the pipe that only the owner
 * holds open: when the owner ends, however it ends, the pipe does, and the server is killed and its folder removed. Should
 * another process have removed the folder before, `true` only fails to write there; `:` would end the shell before its kill.
 * `$1` is that folder; the rest is the server's command line.
 */
const watchdogScript = `
folder=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- >>"$folder/server.out" 2>&1 &
server=$!
echo "$server"
( read -r _ <&3; true >"$folder/orphaned"; kill -9 "$server" ) &
holder=$!
wait "$server"; status=$?
if [ -e "$folder/orphaned" ]; then rm -rf "$folder"; else kill "$holder"; fi
exit "$status"
`;

/**
 * A process that never outlives this one, not even when this one is killed with SIGKILL, alone or with its whole process
 * group.
 */
export class SupervisedProcess {
  readonly pid: number;
  readonly #watchdog: ChildProcess;
  readonly #exited: Promise<void>;
  #status: number | null;

  private constructor(pid: number, watchdog: ChildProcess) {
    this.pid = pid;
    this.#watchdog = watchdog;
    this.#status = watchdog.exitCode;
    this.#exited =
      this.#status === null
        ? once(watchdog, 'exit').then(([code]) => void (this.#status = (code as number | null) ?? 1))
        : Promise.resolve();
    // A server that somebody forgot to stop must not keep this process from ending.
    watchdog.unref();
    for (const stream of [watchdog.stdin, watchdog.stdout]) (stream as unknown as { unref(): void }).unref();
  }

  /** Null while it runs; then its exit status: 128 + the signal's number if a signal ended it. */
  get status(): number | null {
    return this.#status;
  }

  /** Starts a command whose files are below `folder`. What it prints goes to `server.out` there. */
  static async start(
    folder: string,
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<SupervisedProcess> {
    const watchdog = spawn('/bin/sh', ['-c', watchdogScript, 'tailrace-lab-watchdog', folder, ...command], {
      cwd: folder,
      env: { ...process.env, ...environment },
      // A group of its own: Ctrl-C at the terminal, or a kill of our group, must reach it only through the pipe.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const lines = createInterface({ input: watchdog.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    lines.close();
    return new SupervisedProcess(Number(line), watchdog);
  }

  /**
   * Sends a signal and waits for the process to end; true once it has, false if it still runs after `timeoutMs`. Does
   * nothing more to a process that is gone.
   */
  async end(signal: 'SIGTERM' | 'SIGKILL', timeoutMs: number): Promise<boolean> {
    // While the watchdog has not reported its end, the process id cannot have gone to another process.
    if (this.#status !== null) return true;
    sendSignal(this.pid, signal);
    this.#watchdog.ref();
    const timer = new AbortController();
    const tooLong = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#exited, tooLong]);
    timer.abort();
    this.#watchdog.unref();
    return this.status !== null;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
