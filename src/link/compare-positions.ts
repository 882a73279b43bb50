import type { BinlogPosition } from './link-settings.js';

/** The number at the end of a binary log file's name, by which files are ordered. */
export function fileNumber(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
}

/** Negative, zero or positive as `a` lies before, at or after `b` in one source's binary log. */
export function comparePositions(a: BinlogPosition, b: BinlogPosition): number {
  return fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset;
}
