import { randomUUID } from 'node:crypto';
import { comparePositions, type BinlogPosition } from '../binlog/binlog-position.js';
import type { LinkSettings } from '../link/link-settings.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { BinlogStream } from '../source/server/binlog-stream.js';
import { streamFailure } from '../source/server/stream-failure.js';
import type { StreamStart } from '../source/source.js';
import type { TransactionContents } from './transaction-contents.js';
import { TransactionReader } from './transaction-reader.js';

/**
 * Reads the source's binary log from `start`, and gives the first transaction that is wanted; null: there is none before `end`,
 * where the source wrote when it was asked. Rejects as a stream does.
 */
export async function readTransaction(
  { source, serverId }: LinkSettings,
  start: StreamStart,
  end: BinlogPosition,
  isWanted: (contents: TransactionContents) => boolean,
): Promise<TransactionContents | null> {
  const reader = new TransactionReader(start.kind === 'position' ? start.file : '');
  return new Promise((resolve, reject) => {
    let isOver = false;
    const finish = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      void stream.stop().then(settle);
    };
    const stream = new BinlogStream({
      source,
      serverId,
      // Not the link's: the source would end the stream of a link that is being started.
      readerUuid: randomUUID(),
      start,
      sink: {
        event: (bytes, from, to) => {
          if (isOver) return;
          let contents: TransactionContents | null;
          try {
            contents = reader.feed(bytes.subarray(from, to));
          } catch (error) {
            finish(() => reject(streamFailure(error, addressLabel(source))));
            return;
          }
          if (contents !== null && isWanted(contents)) finish(() => resolve(contents));
          else if (reader.isIdle && comparePositions(reader.position, end) >= 0) finish(() => resolve(null));
        },
        end: (error) => finish(() => reject(error)),
      },
    });
    stream.start().catch((error: Error) => finish(() => reject(error)));
  });
}
