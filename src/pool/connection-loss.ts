import { lostErrnos } from '../mysql/lost-errnos.js';

/** Whether an error says that the connection is gone, rather than that the server refused something. */
export function isConnectionLoss(error: unknown): boolean {
  const { errno, fatal } = (error ?? {}) as { readonly errno?: unknown; readonly fatal?: unknown };
  return fatal === true || (typeof errno === 'number' && lostErrnos.has(errno));
}

/**
 * What a server refuses for want of something that another one may have: ER_DISK_FULL, ER_OUTOFMEMORY, ER_OUT_OF_SORTMEMORY, ER_CON_COUNT_ERROR,
 * ER_OUT_OF_RESOURCES, ER_RECORD_FILE_FULL (a temporary table), ER_CANT_CREATE_THREAD, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED,
 * ER_MAX_PREPARED_STMT_COUNT_REACHED, ER_TOO_MANY_CONCURRENT_TRXS, ER_ENGINE_OUT_OF_MEMORY, ER_CAPACITY_EXCEEDED. Numbers from the Server
 * Error Message Reference of the manual.
 */
const resourceErrnos: ReadonlySet<number> = new Set([
  1021, 1037, 1038, 1040, 1041, 1114, 1135, 1203, 1226, 1461, 1637, 3015, 3170,
]);

/** Whether another server may well do what this one refused. */
export function lacksResource(error: unknown): boolean {
  const { errno } = (error ?? {}) as { readonly errno?: unknown };
  return typeof errno === 'number' && resourceErrnos.has(errno);
}
