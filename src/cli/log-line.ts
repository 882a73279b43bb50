import { printableLines } from '../errors/printable.js';

interface LogEntry {
  readonly time?: string;
  readonly level?: string;
  readonly link?: string;
  readonly msg?: string;
  readonly err?: {
    readonly code?: string;
    readonly what?: string;
    readonly why?: string;
    readonly cure?: string;
  };
  readonly [field: string]: unknown;
}

const shownFirst = new Set(['time', 'level', 'link', 'msg', 'err']);

/** One JSON line of the log as a person reads it: `12:30:01 warn  replica-1  message  field=value`. */
export function formatLogLine(json: string): string {
  let entry: LogEntry;
  try {
    entry = JSON.parse(json) as LogEntry;
  } catch {
    return json;
  }
  const { time = '', level = '', link, msg = '', err } = entry;
  const fields = Object.entries(entry)
    .filter(([name]) => !shownFirst.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = [time.slice(11, 19), level.padEnd(5), link ?? '', msg, ...fields].filter(
    (part) => part !== '',
  );
  return printableLines(`${head.join('  ')}\n${err === undefined ? '' : errorLines(err)}`);
}

function errorLines({ code, what, why, cure, ...rest }: NonNullable<LogEntry['err']>): string {
  if (code === undefined) return `    ${JSON.stringify(rest)}\n`;
  const lines = [`${code}: ${what ?? ''}`];
  if (why !== undefined) lines.push(`why:  ${why}`);
  if (cure !== undefined) lines.push(`cure: ${cure}`);
  return lines.map((line) => `    ${line}\n`).join('');
}
