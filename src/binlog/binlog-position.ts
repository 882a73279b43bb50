import { TailraceError } from '../errors/tailrace-error.js';

/** A place in the binary log of one server: file name and byte offset of the next event to read. */
export interface BinlogPosition {
  readonly file: string;
  readonly offset: number;
}

/** The first event of a binary log file follows its four magic bytes. */
const firstOffset = 4;

/** The number at the end of a binary log file's name, by which files are ordered. */
export function fileNumber(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
}

/** Negative, zero or positive as `a` lies before, at or after `b` in one source's binary log. */
export function comparePositions(a: BinlogPosition, b: BinlogPosition): number {
  return fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset;
}

/** Parses `FILE:POSITION`, as in `binlog.000003:197`. Throws `TR_CONFIG_INVALID`. */
export function parseBinlogPosition(text: string): BinlogPosition {
  const match = /^([^\s/\\:]+):(\d{1,15})$/.exec(text.trim());
  const [, file = '', digits = ''] = match ?? [];
  if (match === null || Number(digits) < firstOffset) {
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: 'That is not a position in a binary log.',
      why: 'a position is written FILE:POSITION, as in binlog.000003:197, and is 4 or above',
      cure: 'Take it from SHOW REPLICA STATUS (Relay_Source_Log_File, Exec_Source_Log_Pos) or from the backup.',
    });
  }
  return { file, offset: Number(digits) };
}
