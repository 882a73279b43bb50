/** Test files still name their connections in the words of old; in upper case here, as SQL has them. */
const [source = '', replica = ''] = ['MASTER', 'SLAVE'].map((word) => word.toLowerCase());
const names = [source, `${source}1`, replica, `${replica}1`, 'server_1', 'server_2', 'server_3'];
const open = [
  ...names.map((name) => `connect (${name},localhost,root,,test);`),
  `connection ${source};`,
].join('\n');

/**
 * Files of MySQL's `include/rpl` as they are given to a test that has but one server: what the test calls its replica is
 * the source itself, and to wait for the replica is to change the connection. The comparison is made elsewhere.
 */
const written: Readonly<Record<string, string>> = {
  'init_source_replica.inc': open,
  'init.inc': open,
  'connection_source.inc': `connection ${source};`,
  'connection_source1.inc': `connection ${source}1;`,
  'connection_replica.inc': `connection ${replica};`,
  'connection_replica1.inc': `connection ${replica}1;`,
  'sync_to_replica.inc': `connection ${replica};`,
  'sync_to_replica_received.inc': `connection ${replica};`,
};

/** The text to give for a file of that folder: nothing, for all that has to do with a replica. */
export function oneServerInclude(name: string): string {
  return `${written[name] ?? ''}\n`;
}
