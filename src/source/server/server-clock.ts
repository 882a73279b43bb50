import type { GtidSet } from '../../gtid/gtid-set.js';
import { readGtidExecuted } from '../../mysql/gtid-executed.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { comparePositions, type BinlogPosition } from '../../binlog/binlog-position.js';
import type { LinkLag } from '../../lag/link-lag.js';
import { localMicros } from '../../lag/local-micros.js';
import type { SourceClock } from '../source.js';
import type { ServerLog } from './server-log.js';
import { UpstreamLag } from './upstream-lag.js';

/** Asks the source, now and then, for what lag is told from beside the stream: its clock, what it has committed, and whose replica it is. */
export class ServerClock implements SourceClock {
  readonly #source: ServerConnection;
  readonly #log: ServerLog;
  readonly #lag: LinkLag;
  readonly #byGtid: boolean;
  readonly #upstream: UpstreamLag;
  #isLooking = false;

  constructor(source: ServerConnection, log: ServerLog, lag: LinkLag, byGtid: boolean) {
    this.#source = source;
    this.#log = log;
    this.#lag = lag;
    this.#byGtid = byGtid;
    this.#upstream = new UpstreamLag(source);
  }

  /** Behind a refresh of the log. `applied`: what the replica has. Passes over a look while the one before it waits for its answer. */
  async look(applied: GtidSet, bytesBehind: number | null): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#sampleClock();
      const upstream = await this.#upstream.read();
      if (upstream !== undefined) this.#lag.meter.upstream(localMicros(), upstream);
      const behind = this.#byGtid ? await this.#transactionsBehind(applied) : null;
      this.#lag.meter.measured(localMicros(), behind, bytesBehind);
    } finally {
      this.#isLooking = false;
    }
  }

  /** A heartbeat has come; the stream has been read up to `position`. */
  heard(position: BinlogPosition): void {
    const end = this.#log.measuredEnd;
    const atEnd = end !== null && comparePositions(position, end) >= 0;
    this.#lag.meter.heard(localMicros(), atEnd);
  }

  async #sampleClock(): Promise<void> {
    const sentMicros = localMicros();
    const [row] = await this.#source.query<{ micros: string | number }>(
      "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS micros",
    );
    this.#lag.meter.clockSample(sentMicros, Number(row?.micros), localMicros());
  }

  async #transactionsBehind(applied: GtidSet): Promise<number> {
    return (await readGtidExecuted(this.#source)).subtract(applied).count();
  }
}
