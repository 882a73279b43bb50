import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { removeStaleLabFolders } from '../../src/lab/lab-folder.js';
import { waitFor } from '../support/wait-for.js';

const compiled = pathToFileURL(path.resolve('build/src/lab/start-lab-server.js')).href;
const owners: ChildProcess[] = [];

afterEach(() => {
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
});

/** A process of its own that starts a server, prints `ready` and goes on to `then`. */
function startOwner(options: { then: string; withChannel?: boolean }): ChildProcess {
  const script = `
    import { startLabServer } from ${JSON.stringify(compiled)};
    await startLabServer();
    console.log('ready');
    ${options.then}`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    // Leads a process group, as a command started from a shell does.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', ...(options.withChannel === true ? (['ipc'] as const) : [])],
  });
  owners.push(owner);
  return owner;
}

async function ready(owner: ChildProcess): Promise<void> {
  if (owner.stdout === null) throw new Error('the owner has no stdout');
  await once(createInterface({ input: owner.stdout }), 'line');
}

function pidOf(owner: ChildProcess): number {
  if (owner.pid === undefined) throw new Error('the owner did not start');
  return owner.pid;
}

/** Servers, watchdogs and folders whose names carry the owner's process id. */
function remainsOf(owner: ChildProcess): string[] {
  const mark = `tailrace-lab-${pidOf(owner)}-`;
  const processes = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && commandLine(name).includes(mark),
  );
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(mark));
  return [...processes, ...folders];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function expectNothingLeft(
  owner: ChildProcess,
  cleanUp: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const gone = async (): Promise<boolean> => {
    await cleanUp();
    return remainsOf(owner).length === 0;
  };
  await waitFor(gone, { what: 'the server, its watchdog and its folder to be gone' });
}

describe('a lab server ends with its owner', () => {
  test('that is killed with SIGKILL', async () => {
    const owner = startOwner({ then: 'setInterval(() => {}, 1000);' });
    await ready(owner);
    // Folder, server, and the watchdog's two shells.
    expect(remainsOf(owner)).toHaveLength(4);
    owner.kill('SIGKILL');
    await expectNothingLeft(owner);
  });

  test('that is killed with its whole process group', async () => {
    const owner = startOwner({ then: 'setInterval(() => {}, 1000);' });
    await ready(owner);
    process.kill(-pidOf(owner), 'SIGKILL');
    await expectNothingLeft(owner);
  });

  test('that is a worker with a channel to its parent, as jest has them', async () => {
    const owner = startOwner({ then: "process.on('message', () => {});", withChannel: true });
    await ready(owner);
    owner.kill('SIGKILL');
    await expectNothingLeft(owner);
  });

  test('that ends by itself without stopping it, and is not kept from doing so', async () => {
    const owner = startOwner({ then: '' });
    const [status] = (await once(owner, 'exit')) as [number];
    expect(status).toBe(0);
    await expectNothingLeft(owner);
  });

  test.each([100, 300, 600, 900])('that is killed %i ms after its start', async (delayMs) => {
    const owner = startOwner({ then: 'setInterval(() => {}, 1000);' });
    await sleep(delayMs);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    // Before there is a watchdog there may be a folder; the next one to start a server removes it.
    await expectNothingLeft(owner, removeStaleLabFolders);
  });
});
