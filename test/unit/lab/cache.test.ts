import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cachedFolder, labCacheFolder } from '../../../src/lab/lab-cache.js';

let cacheHome = '';
const cacheHomeBefore = process.env['XDG_CACHE_HOME'];

beforeEach(async () => {
  cacheHome = await mkdtemp(path.join(tmpdir(), 'lab-cache-test-'));
  process.env['XDG_CACHE_HOME'] = cacheHome;
});

afterEach(async () => {
  if (cacheHomeBefore === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cacheHomeBefore;
  await rm(cacheHome, { recursive: true });
});

const writeContent = (folder: string) => writeFile(path.join(folder, 'content'), 'built');

/** The id of a process that is gone. */
function deadPid(): number {
  return spawnSync('true').pid;
}

describe('a cached folder', () => {
  test('is built once, also when many want it at the same time', async () => {
    let builds = 0;
    const build = async (folder: string) => {
      builds += 1;
      await sleep(50);
      await writeContent(folder);
    };
    const folders = await Promise.all([1, 2, 3].map(() => cachedFolder('thing', build)));
    expect(new Set(folders)).toEqual(new Set([path.join(cacheHome, 'tailrace', 'lab', 'thing')]));
    expect(await cachedFolder('thing', build)).toBe(folders[0]);
    expect(builds).toBe(1);
    expect(await readdir(labCacheFolder())).toEqual(['thing']);
  });

  test('does not appear if its building fails, and is built by the next one', async () => {
    const failing = cachedFolder('thing', async (folder) => {
      await writeContent(folder);
      throw new Error('the mirror is gone');
    });
    await expect(failing).rejects.toThrow('the mirror is gone');
    expect(await readdir(labCacheFolder())).toEqual([]);
    const folder = await cachedFolder('thing', writeContent);
    expect(await readFile(path.join(folder, 'content'), 'utf8')).toBe('built');
  });

  test('takes over from a builder that was killed, and removes what it left', async () => {
    const pid = deadPid();
    await mkdir(path.join(labCacheFolder(), `thing.draft-${pid}`, 'half'), { recursive: true });
    await writeFile(path.join(labCacheFolder(), 'thing.lock'), `${pid}\n`);
    await cachedFolder('thing', writeContent);
    expect(await readdir(labCacheFolder())).toEqual(['thing']);
  });
});
