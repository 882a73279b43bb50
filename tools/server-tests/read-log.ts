import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { quoteString } from '../../src/mysql/identifier.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import type { LoggedTransaction } from './plan-stops.js';

const eventsAtOnce = 10_000;
const eventsMax = 2_000_000;
const statementCharactersMax = 2_000;
const gtidPattern = /GTID_NEXT\s*=\s*'([^']+)'/;
/** What brackets rows, and is no statement of its own. */
const bracket = /^(BEGIN|COMMIT|SAVEPOINT|ROLLBACK TO|XA (START|END))\b/i;

interface ShownEvent {
  readonly Log_name: string;
  readonly Pos: string | number;
  readonly Event_type: string;
  readonly End_log_pos: string | number;
  readonly Info: string;
}

/** What was written between two places of the source's log. */
export interface LogExcerpt {
  readonly transactions: readonly LoggedTransaction[];
  readonly rowEvents: number;
}

/** Reads the log from a place to its end, by SHOW BINLOG EVENTS. */
export async function readLog(source: ServerConnection, from: BinlogPosition): Promise<LogExcerpt> {
  const logs = await source.query<{ Log_name: string }>('SHOW BINARY LOGS');
  const transactions: { gtid: string; statement: string }[] = [];
  let rowEvents = 0;
  let read = 0;
  for (const { Log_name: file } of logs.filter(({ Log_name }) => Log_name >= from.file)) {
    let offset = file === from.file ? from.offset : 4;
    for (;;) {
      const events = await source.query<ShownEvent>(
        `SHOW BINLOG EVENTS IN ${quoteString(file)} FROM ${offset} LIMIT ${eventsAtOnce}`,
      );
      read += events.length;
      if (read > eventsMax) throw new Error(`more than ${eventsMax} events were written by one test file`);
      for (const event of events) {
        const gtid = gtidPattern.exec(event.Info)?.[1];
        const last = transactions.at(-1);
        if (event.Event_type.toLowerCase().includes('gtid') && gtid !== undefined) {
          transactions.push({ gtid, statement: '' });
        } else if (/_rows/i.test(event.Event_type)) rowEvents += 1;
        else if (event.Event_type === 'Query' && last !== undefined && last.statement === '') {
          last.statement = statementOf(event.Info);
        }
      }
      const end = Number(events.at(-1)?.End_log_pos ?? 0);
      if (events.length < eventsAtOnce) break;
      offset = end;
    }
  }
  return { transactions, rowEvents };
}

function statementOf(info: string): string {
  const statement = info.replace(/^use `(?:[^`]|``)*`; /, '').slice(0, statementCharactersMax);
  return bracket.test(statement) ? '' : statement;
}
