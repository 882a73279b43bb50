import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { processIsAlive } from './process-is-alive.js';

const prefix = 'tailrace-lab-';
const folderName = /^tailrace-lab-(\d+)-/;

let swept: Promise<void> | null = null;

/**
 * Makes a temporary folder for one server, readable by its owner only. It carries the process id of its owner: what a
 * process that is gone has left behind is removed by the next one that starts a server.
 */
export async function createLabFolder(): Promise<string> {
  swept ??= removeStaleLabFolders();
  await swept;
  return mkdtemp(path.join(tmpdir(), `${prefix}${process.pid}-`));
}

/** Removes the folders of owners that are gone. Their watchdogs do so as well; this is for watchdogs that were killed. */
export async function removeStaleLabFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = folderName.exec(name)?.[1];
    if (owner === undefined || processIsAlive(Number(owner))) continue;
    const folder = path.join(tmpdir(), name);
    killServerOf(folder);
    // It may belong to another user, or its watchdog may be removing it just now.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** Where the server of a lab folder writes its process id. */
export function pidFileOf(folder: string): string {
  return path.join(folder, 'server.pid');
}

function killServerOf(folder: string): void {
  const pidFile = pidFileOf(folder);
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (!Number.isInteger(pid) || pid <= 1 || !processIsAlive(pid)) return;
  // The number may have gone to another process since; only one that was started on this folder is ours.
  if (commandLineOf(pid).includes(folder)) process.kill(pid, 'SIGKILL');
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
