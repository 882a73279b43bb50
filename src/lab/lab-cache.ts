import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIsAlive } from './process-is-alive.js';

const lockWaitMsMax = 10 * 60_000;
const lockPollMs = 200;

/** The folder under the user's XDG cache folder in which the lab keeps unpacked servers and data templates. */
export function labCacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return path.join(
    base === undefined || base === '' ? path.join(homedir(), '.cache') : base,
    'tailrace',
    'lab',
  );
}

/**
 * Returns the cached folder `name`, building it first if it is not there. A folder appears whole or not at all: it is
 * built beside its place and renamed into it. Processes that need it at the same time wait for one of them to build it;
 * the lock of a process that died is taken over.
 */
export async function cachedFolder(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const target = path.join(labCacheFolder(), name);
  if (await exists(target)) return target;
  await mkdir(path.dirname(target), { recursive: true });
  const lock = `${target}.lock`;
  const deadline = Date.now() + lockWaitMsMax;
  while (!(await takeLock(lock))) {
    if (await exists(target)) return target;
    if (Date.now() > deadline)
      throw new Error(`${lock} has been held for ${lockWaitMsMax / 60_000} minutes; remove it`);
    await sleep(lockPollMs);
  }
  const draft = `${target}.draft-${process.pid}`;
  try {
    // Between the first look and the lock another process may have finished it.
    if (await exists(target)) return target;
    await removeDrafts(target);
    await mkdir(draft);
    await build(draft);
    await rename(draft, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
    return target;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}

/** What builders that were killed have left; whoever holds the lock may remove it. */
async function removeDrafts(target: string): Promise<void> {
  for (const name of await readdir(path.dirname(target))) {
    if (!name.startsWith(`${path.basename(target)}.draft-`)) continue;
    await rm(path.join(path.dirname(target), name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  // Linked into its place, a lock is never seen without its holder. Two servers that one process starts at once wait for
  // each other like two processes, each with a note of its own.
  const note = `${lock}-${randomUUID()}`;
  await writeFile(note, `${process.pid}\n`);
  try {
    await link(note, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(note, { force: true });
  }
  const holder = Number.parseInt(await readFile(lock, 'utf8').catch(() => ''), 10);
  // Should two take over one lock at once, both build; the first to rename its draft wins.
  if (Number.isInteger(holder) && !processIsAlive(holder)) await rm(lock, { force: true });
  return false;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
