import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { GtidSet } from '../../src/gtid/gtid-set.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { readBinlogEnd } from '../../src/mysql/binlog-end.js';
import { readGtidExecuted } from '../../src/mysql/gtid-executed.js';
import { levelReplicas } from './level-replicas.js';
import { readSourceState, restoreSource, type SourceState } from './restore-source.js';
import type { BinlogFormat } from './server-tests-options.js';
import type { TestSuite } from './test-suite.js';
import { startWitnessedServers, type WitnessedServers } from './witnessed-servers.js';

/** What a file has left that nobody looks for goes with the servers. */
const filesOnOneLabMax = 25;

/** Servers, and how they were before the file that runs on them. */
interface FileLab {
  readonly servers: WitnessedServers;
  readonly state: SourceState;
  readonly from: { readonly position: BinlogPosition; readonly executed: GtidSet };
  readonly files: number;
}

/** The servers of the files, kept as long as they are fit for the next one. */
export class LabKeeper {
  readonly #tests: TestSuite;
  readonly #folder: string;
  readonly #binlogFormat: BinlogFormat;
  #lab: FileLab | null = null;

  constructor(tests: TestSuite, folder: string, binlogFormat: BinlogFormat) {
    this.#tests = tests;
    this.#folder = folder;
    this.#binlogFormat = binlogFormat;
  }

  async get(): Promise<FileLab> {
    if (this.#lab !== null) return this.#lab;
    const servers = await startWitnessedServers(this.#tests, path.join(this.#folder, 'workspace'), {
      'binlog-format': this.#binlogFormat,
    });
    const state = await readSourceState(servers.onSource);
    return (this.#lab = { servers, state, from: await endOf(servers), files: 0 });
  }

  /** Makes the servers ready for the next file, or drops them. Returns what went wrong while the traces were removed. */
  async tidy(areAlike: boolean): Promise<string[]> {
    const lab = this.#lab;
    if (lab === null) return [];
    const { servers, state, files } = lab;
    const isFit = areAlike && files + 1 < filesOnOneLabMax && (await restoreSource(servers.onSource, state));
    if (!isFit) {
      await this.drop();
      return [];
    }
    const from = await endOf(servers);
    const { tailrace, witness } = await levelReplicas(servers, from.executed);
    this.#lab = { ...lab, files: files + 1, from };
    if (tailrace === null && witness === null) return [];
    await this.drop();
    return witness === null
      ? [`tailrace stopped while the file's traces were removed: ${tailrace?.said}`]
      : [];
  }

  async drop(): Promise<void> {
    const lab = this.#lab;
    this.#lab = null;
    await lab?.servers.stop();
  }

  async remove(): Promise<void> {
    await this.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function endOf({ onSource }: WitnessedServers): Promise<FileLab['from']> {
  const position = await readBinlogEnd(onSource);
  if (position === null) throw new Error('a source writes a binary log');
  return { position, executed: await readGtidExecuted(onSource) };
}
