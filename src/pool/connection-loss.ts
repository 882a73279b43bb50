/**
 * The server ended this connection, or is about to: ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN, ER_CONNECTION_KILLED, ER_SERVER_OFFLINE_MODE,
 * ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT. Numbers from the Server Error Message Reference of the manual.
 */
const lossErrnos = new Set([1053, 1077, 1927, 3032, 3169, 4031]);

/** Whether an error says that the connection is gone, rather than that the server refused something. */
export function isConnectionLoss(error: unknown): boolean {
  const { errno, fatal } = (error ?? {}) as { readonly errno?: unknown; readonly fatal?: unknown };
  return fatal === true || (typeof errno === 'number' && lossErrnos.has(errno));
}
