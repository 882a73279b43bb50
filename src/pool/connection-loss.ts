import { lostErrnos } from '../mysql/lost-errnos.js';

/** Whether an error says that the connection is gone, rather than that the server refused something. */
export function isConnectionLoss(error: unknown): boolean {
  const { errno, fatal } = (error ?? {}) as { readonly errno?: unknown; readonly fatal?: unknown };
  return fatal === true || (typeof errno === 'number' && lostErrnos.has(errno));
}
