/**
 * The server ended this connection, or is about to: ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN, MariaDB's ER_CONNECTION_KILLED,
 * ER_SERVER_OFFLINE_MODE, ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT. Numbers from the Server Error Message Reference of the
 * manual. The driver calls none of these fatal: for it they are answers like others.
 */
export const lostErrnos: ReadonlySet<number> = new Set([1053, 1077, 1927, 3032, 3169, 4031]);
