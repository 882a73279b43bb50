import { type DestinationStream, type Logger, pino } from 'pino';
import { redactSecrets } from '../errors/redact-secrets.js';
import { printableLines } from '../errors/printable.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { formatLogLine } from './log-line.js';

/** A log on stderr: JSON lines, or readable ones on a terminal. Passwords are taken out of both. */
export function createLog(stream: NodeJS.WriteStream, level: 'info' | 'warn' = 'info'): Logger {
  const destination: DestinationStream = {
    // Inside of JSON these are escapes of the same characters: whoever reads the file on a terminal is not steered either.
    write: (line) => void stream.write(stream.isTTY ? formatLogLine(line) : printableLines(line)),
  };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['password', '*.password', '*.*.password'], censor: '***' },
      serializers: { err: serializeError },
    },
    destination,
  );
}

/** A coded error by its parts; a defect with its stack. */
function serializeError(error: unknown): unknown {
  if (error instanceof TailraceError) {
    const { code, what, why, cure } = error;
    return { code, what, why, cure };
  }
  if (error instanceof Error) {
    return { message: redactSecrets(error.message), stack: redactSecrets(error.stack ?? '') };
  }
  return String(error);
}
