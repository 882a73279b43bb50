import { TailraceError } from '../errors/tailrace-error.js';
import type { BinlogPosition } from '../link/link-settings.js';

/** The first event of a binary log file stands behind its four magic bytes. */
const firstOffset = 4;

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
