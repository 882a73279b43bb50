import { open, readFile, rename, rm } from 'node:fs/promises';
import * as z from 'zod';
import { TailraceError } from '../errors/tailrace-error.js';

/** Version of the file's layout; another one is refused. */
const layoutVersion = 1;
/** Only the owner: keys of rows are in it. */
const fileMode = 0o600;

const tally = z.object({
  sourceRows: z.number(),
  replicaRows: z.number(),
  rows: z.array(
    z.object({
      key: z.string(),
      sourceCopies: z.number(),
      replicaCopies: z.number(),
      columns: z.array(z.string()).exactOptional(),
    }),
  ),
  differing: z.number(),
  unsettled: z.number(),
  unexaminedChunks: z.number(),
});

const tableState = z.object({
  schema: z.string(),
  table: z.string(),
  done: z.boolean(),
  /** The key's columns and the exact text of the last key that was compared. */
  keyColumns: z.array(z.string()),
  doneThrough: z.array(z.string()).nullable(),
  tally,
});

const verifyState = z.object({
  version: z.literal(layoutVersion),
  sourceUuid: z.string(),
  replicaUuid: z.string(),
  /** What was to be compared, as text. */
  filter: z.string(),
  tables: z.array(tableState),
});

/** A table that has been compared, or the part of it that has. */
export type TableState = Readonly<z.infer<typeof tableState>>;

/** How far a comparison has come. */
export type VerifyState = Readonly<z.infer<typeof verifyState>>;

/** What a state must agree in to be gone on with. */
export type VerifyIdentity = Pick<VerifyState, 'sourceUuid' | 'replicaUuid' | 'filter'>;

/** The file in which a comparison keeps how far it is, so that it can go on after an end of any kind. */
export class VerifyStateFile {
  readonly #path: string;
  readonly #identity: VerifyIdentity;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, identity: VerifyIdentity) {
    this.#path = path;
    this.#identity = identity;
  }

  /** The tables of an earlier start; none without a file. Errors: TR_VERIFY_STATE. */
  async read(): Promise<readonly TableState[]> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw this.#failure('cannot be read', error);
    }
    const parsed = verifyState.safeParse(parseJson(text));
    if (!parsed.success) {
      throw new TailraceError('TR_VERIFY_STATE', {
        what: `${this.#path} does not contain the state of a comparison that this tailrace can read.`,
      });
    }
    const { sourceUuid, replicaUuid, filter, tables } = parsed.data;
    const mine = this.#identity;
    if (sourceUuid === mine.sourceUuid && replicaUuid === mine.replicaUuid && filter === mine.filter)
      return tables;
    throw new TailraceError('TR_VERIFY_STATE', {
      what: `${this.#path} belongs to another comparison.`,
      why: `It is of source ${sourceUuid} and replica ${replicaUuid}, comparing ${filter}.`,
    });
  }

  /** Replaces the file as a whole: whatever kills the process, either the old or the new state is there. */
  async write(tables: readonly TableState[]): Promise<void> {
    const earlier = this.#writing;
    const state: VerifyState = { version: layoutVersion, ...this.#identity, tables: [...tables] };
    this.#writing = earlier.then(() => this.#replace(state));
    try {
      await this.#writing;
    } catch (error) {
      throw this.#failure('cannot be written', error);
    }
  }

  /** The comparison is complete: the next one starts from the beginning. */
  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.#path, { force: true });
  }

  async #replace(state: VerifyState): Promise<void> {
    const draft = `${this.#path}.${process.pid}.new`;
    const file = await open(draft, 'w', fileMode);
    try {
      await file.writeFile(`${JSON.stringify(state)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.#path);
  }

  #failure(what: string, error: unknown): TailraceError {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return new TailraceError('TR_VERIFY_STATE', { what: `The file ${this.#path} ${what} (${code}).` });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
