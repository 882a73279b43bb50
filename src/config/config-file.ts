import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { TailraceError } from '../errors/tailrace-error.js';
import { configInvalid, type ConfigMistake, type ConfigPath, formatPath } from './config-mistake.js';
import { resolveConfig, type RunSettings } from './resolve-config.js';
import type { Surroundings } from './surroundings.js';

const fileBytesMax = 1024 * 1024;

/** What stands on the command line and counts instead of what the file says. */
export interface ConfigOverrides {
  /** Addresses that can be read. */
  readonly listen?: ListenOverrides;
}

export interface ListenOverrides {
  readonly address?: string;
  readonly agent?: string;
}

/** Reads a configuration file. Throws `TR_CONFIG_INVALID` with every mistake and its line and column. */
export function loadConfigFile(
  file: string,
  env: Surroundings['env'],
  overrides: ConfigOverrides = {},
): RunSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: `The configuration file ${file} cannot be read.`,
      why: fileTrouble(code),
      cure: 'Check the path of --config, and that this user can read the file.',
    });
  }
  return parseConfigText(text, file, { env, folder: dirname(resolve(file)) }, overrides);
}

/** Why a file cannot be read, for people; `code` is that of the system. */
export function fileTrouble(code: string): string {
  const words = fileTroubles.get(code);
  return words === undefined ? code : `${words} (${code})`;
}

const fileTroubles: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'this user may not read it'],
  ['EPERM', 'this user may not read it'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is no folder'],
]);

/** Parses the text of a configuration file (YAML 1.2, which JSON is a part of); `file` is only named in messages. */
export function parseConfigText(
  text: string,
  file: string,
  surroundings: Surroundings,
  overrides: ConfigOverrides = {},
): RunSettings {
  if (text.length > fileBytesMax) {
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: `${file} is longer than 1 MiB, so it is not a configuration.`,
    });
  }
  const lines = new LineCounter();
  // Pretty errors would quote lines of the file, and a line may hold a password.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) throw syntaxError(document, file, at);
  const content = override(contentOf(document, file), overrides);
  const { mistakes, ...settings } = resolveConfig(content, surroundings);
  if (mistakes.length > 0) {
    const sorted = mistakes
      .map((mistake) => ({ mistake, offset: offsetOf(document, mistake) }))
      .sort((a, b) => a.offset - b.offset);
    const offsets = new Map(sorted.map(({ mistake, offset }) => [mistake, offset]));
    throw configInvalid(
      `${file} has ${countOf(mistakes.length)}.`,
      sorted.map(({ mistake }) => mistake),
      (mistake) => `${at(offsets.get(mistake) ?? 0)} ${formatPath(mistake.path)}`,
    );
  }
  return settings;
}

function syntaxError(document: Document, file: string, at: (offset: number) => string): TailraceError {
  const lines = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`);
  return new TailraceError('TR_CONFIG_INVALID', {
    what: `${file} is not valid YAML: ${countOf(lines.length)}.`,
    why: lines.join('\n        '),
    cure: 'Correct each listed line. Put a text with a colon, a # or a brace in quotes.',
  });
}

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: `${file} is not valid YAML.`,
      why: 'An alias (*name) is undefined, or aliases expand to too much.',
      cure: 'Write the settings out. Put a text that begins with * in quotes.',
    });
  }
}

/** A `listen` that is no group is a mistake, and stays one. Only an address makes a group where there is none. */
function override(content: unknown, { listen }: ConfigOverrides): unknown {
  if (listen === undefined || !isGroup(content)) return content;
  const written = content.listen ?? (listen.address === undefined ? undefined : {});
  return isGroup(written) ? { ...content, listen: { ...written, ...listen } } : content;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a person has to look: the key or the value; for a setting that is missing, the group that it is missing in. */
function offsetOf(document: Document, { path, atKey = false }: ConfigMistake): number {
  const parent = document.getIn(path.slice(0, -1), true);
  if (atKey && isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let length = path.length; length > 0; length -= 1) {
    const offset = startOf(document, path.slice(0, length));
    if (offset !== null) return offset;
  }
  return 0;
}

function startOf(document: Document, path: ConfigPath): number | null {
  const node = document.getIn(path, true);
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

function countOf(mistakes: number): string {
  return mistakes === 1 ? 'one mistake' : `${mistakes} mistakes`;
}
