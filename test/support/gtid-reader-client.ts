import { connect, type Socket } from 'node:net';
import { GtidSet } from '../../src/gtid/gtid-set.js';

/**
 * What ProxySQL makes of the lines of a GTID reader. Where its versions differ it takes what all of them take: UUIDs and intervals in turns,
 * both ends of each interval, no `I3` and no `I4`, lines of 79 bytes at most but for `ST`. Anything else is thrown as an Error.
 */
export class GtidReaderLines {
  readonly executed = new GtidSet();
  /** Intervals as 2.x keeps them, by UUID: an interval melts with another only when a single transaction closes the gap. */
  readonly kept = new Map<string, [first: number, last: number][]>();
  lines = 0;
  #pending = '';
  #uuid = '';

  /** Text as it comes, cut anywhere. */
  take(text: string): void {
    this.#pending += text;
    for (;;) {
      const end = this.#pending.indexOf('\n');
      if (end === -1) return;
      this.#line(this.#pending.slice(0, end));
      this.#pending = this.#pending.slice(end + 1);
    }
  }

  #line(line: string): void {
    this.lines += 1;
    if (this.lines === 1 && !line.startsWith('ST=')) throw new Error(`the first line is ${line}`);
    if (line.startsWith('ST=')) return this.#bootstrap(line.slice(3));
    if (line.length > 79) throw new Error(`a line of ${line.length} bytes overruns ProxySQL's buffer`);
    const single = /^(?:I1=([0-9a-f]{32}):|I2=)([1-9]\d*)$/.exec(line);
    if (single === null) throw new Error(`not a line of a GTID reader: ${line}`);
    this.#uuid = single[1] ?? this.#uuid;
    if (this.#uuid === '') throw new Error('I2 before any UUID');
    this.#single(Number(single[2]));
  }

  #bootstrap(text: string): void {
    for (const token of text.split(',').filter((part) => part !== '')) {
      const interval = /^([0-9a-f-]{36}):([1-9]\d*)-([1-9]\d*)$/.exec(token);
      if (interval === null) throw new Error(`not an interval: ${token}`);
      const [, uuid = '', first, last] = interval;
      this.#uuid = uuid.replaceAll('-', '');
      this.#keep().push([Number(first), Number(last)]);
      this.executed.addInterval({ sid: uuid, tag: '', first: Number(first), last: Number(last) });
    }
  }

  #single(gno: number): void {
    const sid = this.#uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    this.executed.add(sid, gno);
    const kept = this.#keep();
    const before = kept.find(([, last]) => last + 1 === gno);
    if (before === undefined) kept.push([gno, gno]);
    else before[1] = gno;
    // One merge a line, of neighbours only.
    const at = kept.findIndex(([, last], i) => kept[i + 1]?.[0] === last + 1);
    if (at !== -1) kept.splice(at, 2, [kept[at]![0], kept[at + 1]![1]]);
  }

  #keep(): [number, number][] {
    const kept = this.kept.get(this.#uuid) ?? [];
    this.kept.set(this.#uuid, kept);
    return kept;
  }
}

/** A ProxySQL that listens to one GTID reader. */
export class GtidReaderClient {
  readonly lines = new GtidReaderLines();
  readonly socket: Socket;
  /** What it could not read; null: nothing of the kind. */
  failure: Error | null = null;
  ended = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('latin1');
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.ended = true));
    this.socket.on('data', (text: string) => {
      try {
        this.lines.take(text);
      } catch (error) {
        this.failure ??= error as Error;
      }
    });
  }

  get executed(): string {
    return this.lines.executed.toString();
  }
}
