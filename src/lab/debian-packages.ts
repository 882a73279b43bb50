import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from './run-program.js';

const fetchTimeoutMs = 5 * 60_000;
const unpackTimeoutMs = 60_000;
/** What dpkg has installed on this machine. */
const dpkgStatus = '/var/lib/dpkg/status';
const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * apt's own hooks after an update write to system folders; the lab's apt touches nothing but its own folder. The sandbox
 * user could not read that folder when apt runs as root. Without the error mode an unreachable mirror is but a warning.
 */
const aptConfiguration = `
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Retries "3";
Dir::Etc::sourceparts "-";
`;

export interface DebianPackages {
  readonly names: readonly [string, ...string[]];
  /** `own` is the release that this machine runs. */
  readonly suite: 'sid' | 'trixie' | 'own';
  /**
   * What comes along: all that they depend on, down to libc, so that they run beside any release; or only what is not
   * installed on this machine, which is a second's work where the other is a hundred megabytes.
   */
  readonly extent: 'whole' | 'missing';
}

/**
 * Unpacks packages with what they depend on below `folder`, from the mirror that the machine's apt already uses. Needs no
 * root and installs nothing. Throws an Error that says why if the machine is not a Debian, or the mirror cannot be reached.
 */
export async function unpackDebianPackages(wanted: DebianPackages, folder: string): Promise<void> {
  const work = path.join(folder, '.apt');
  const apt = await prepareApt(wanted, work);
  await apt('update');
  await apt('--yes', '--no-install-recommends', '--download-only', 'install', ...wanted.names);
  const archives = path.join(work, 'cache', 'archives');
  for (const file of (await readdir(archives)).filter((name) => name.endsWith('.deb'))) {
    await runProgram('dpkg', ['-x', path.join(archives, file), folder], { timeoutMs: unpackTimeoutMs });
  }
  await rm(work, { recursive: true, force: true });
}

async function prepareApt(
  wanted: DebianPackages,
  work: string,
): Promise<(...args: string[]) => Promise<string>> {
  const codename = await debianCodename();
  const mirror = await debianMirror(codename);
  await mkdir(path.join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const status = path.join(work, 'status');
  // With an empty status nothing counts as installed, so that every library comes along.
  await (wanted.extent === 'whole' ? writeFile(status, '') : copyFile(dpkgStatus, status));
  const signedBy = existsSync(archiveKeyring) ? `[signed-by=${archiveKeyring}] ` : '';
  const suite = wanted.suite === 'own' ? codename : wanted.suite;
  await writeFile(path.join(work, 'sources.list'), `deb ${signedBy}${mirror} ${suite} main\n`);
  await writeFile(path.join(work, 'apt.conf'), aptConfiguration);
  const options = [
    `--config-file=${path.join(work, 'apt.conf')}`,
    `-oDir::State::Lists=${path.join(work, 'lists')}`,
    `-oDir::State::status=${status}`,
    `-oDir::Cache=${path.join(work, 'cache')}`,
    `-oDir::Etc::sourcelist=${path.join(work, 'sources.list')}`,
  ];
  return (...args) => runProgram('apt-get', [...options, ...args], { timeoutMs: fetchTimeoutMs });
}

/** The name of the release that this machine runs, such as `bookworm`. Throws an Error where it is not a Debian. */
export async function debianCodename(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1];
  const codename = field('VERSION_CODENAME');
  if (field('ID') !== 'debian' || codename === undefined) throw new Error('this machine does not run Debian');
  return codename;
}

/**
 * The mirror that holds the machine's own release. `--no-release-info` makes apt tell it from its sources alone, so that
 * it works before any `apt-get update` (container images come without lists).
 */
async function debianMirror(codename: string): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const args = ['indextargets', '--no-release-info', '--format', format, 'Created-By: Packages'];
  const lines = (await runProgram('apt-get', args, { timeoutMs: unpackTimeoutMs })).split('\n');
  const releases = new Set([codename, 'stable', 'oldstable', 'testing', 'unstable', 'sid']);
  for (const line of lines) {
    const [uri, release, component] = line.split(' ');
    if (uri !== undefined && release !== undefined && releases.has(release) && component === 'main')
      return uri;
  }
  throw new Error(`apt has no source for Debian ${codename} main`);
}
