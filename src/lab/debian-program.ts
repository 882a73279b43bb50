import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { TailraceError } from '../errors/tailrace-error.js';
import { debianCodename, type DebianPackages, unpackDebianPackages } from './debian-packages.js';
import { cachedFolder, labCacheFolder } from './lab-cache.js';

export interface DebianProgramRequest extends DebianPackages {
  /** The program's path inside of its package, without a slash before it: `usr/sbin/haproxy`. */
  readonly program: string;
  /** Is told when packages have to be unpacked, which happens once for a cache folder. */
  readonly log: (line: string) => void;
}

/** A program of a Debian package, in a folder of its own with what it needs. */
export interface UnpackedProgram {
  /** Where it came from, to be shown to a person. */
  readonly origin: string;
  /** What the packages hold lies below it, at their own paths (`usr/share/…`). */
  readonly root: string;
  readonly binary: string;
  /** Where its libraries are. */
  readonly libraryFolders: readonly string[];
  /** Command and arguments to put before the binary: its own dynamic loader, if it brought its own libc. */
  readonly loader: readonly string[];
  /** To be added to its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Unpacks packages with what they depend on into the lab's cache folder, or finds them there. No root is needed, and nothing is
 * installed. Throws TR_LAB_NO_PROGRAM that says why if the machine is not a Debian, or its mirror cannot be reached.
 */
export async function unpackDebianProgram(wanted: DebianProgramRequest): Promise<UnpackedProgram> {
  const { names, program } = wanted;
  try {
    const root = await cachedFolder(await cacheName(wanted), async (folder) => {
      wanted.log(`lab: unpacking ${names.join(', ')} from the Debian mirror into ${labCacheFolder()}, once`);
      await unpackDebianPackages(wanted, folder);
    });
    const libraryFolders = await multiarchFolders(root);
    return {
      ...(await unpackedAt(root, wanted)),
      ...(await runsWith(libraryFolders, wanted)),
      libraryFolders,
    };
  } catch (error) {
    throw new TailraceError('TR_LAB_NO_PROGRAM', {
      what: `The lab found no ${path.basename(program)}.`,
      why: `From Debian packages: ${(error as Error).message}`,
      cause: error,
    });
  }
}

/** What fits to one release does not fit to the next one. */
async function cacheName({ names, suite, extent }: DebianProgramRequest): Promise<string> {
  const from = extent === 'whole' ? suite : await debianCodename();
  return `debian-${from}-${names.join('+')}`;
}

async function unpackedAt(
  root: string,
  { names: [name], program, extent }: DebianProgramRequest,
): Promise<Pick<UnpackedProgram, 'root' | 'binary' | 'origin'>> {
  const binary = path.join(root, program);
  const isThere = await access(binary, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (isThere) return { root, binary, origin: `unpacked from Debian's ${name}` };
  if (extent === 'whole') throw new Error(`${name} holds no ${program}`);
  // Nothing was missing: it is installed.
  await access(path.join('/', program), constants.X_OK);
  return { root: '/', binary: path.join('/', program), origin: `Debian's ${name}, installed` };
}

async function runsWith(
  libraryFolders: readonly string[],
  { extent }: DebianProgramRequest,
): Promise<Pick<UnpackedProgram, 'loader' | 'environment'>> {
  const libraryPath = libraryFolders.join(':');
  if (extent === 'missing')
    return { loader: [], environment: libraryPath === '' ? {} : { LD_LIBRARY_PATH: libraryPath } };
  return {
    loader: [await dynamicLoader(libraryFolders), '--library-path', libraryPath],
    environment: {},
  };
}

/** The architecture's library folders, such as usr/lib/x86_64-linux-gnu; before Debian 13 some packages use lib/. */
async function multiarchFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    const names = await readdir(path.join(root, parent)).catch(() => [] as string[]);
    for (const name of names) if (name.endsWith('-linux-gnu')) found.push(path.join(root, parent, name));
  }
  return found;
}

async function dynamicLoader(libraryFolders: readonly string[]): Promise<string> {
  for (const folder of libraryFolders) {
    const name = (await readdir(folder)).find((file) => /^ld-linux-.*\.so\.\d+$/.test(file));
    if (name !== undefined) return path.join(folder, name);
  }
  throw new Error('the unpacked packages hold no dynamic loader');
}
