import type { TestFile } from './test-suite.js';

/** What a file, or something that it includes, asks for and a plain source with its replicas does not have. */
const obstacles: readonly (readonly [reason: string, pattern: RegExp])[] = [
  [
    'a debug build',
    /\b(have_debug|have_debug_sync|add_debug_point)\.inc|\bSET\s+(GLOBAL|SESSION|@@\S*)?\s*debug(_sync)?\b/i,
  ],
  [
    'restarts of the server',
    /\b(restart_mysqld|kill_mysqld|kill_and_restart_mysqld|shutdown_mysqld|wait_until_disconnected|expect_crash|force_restart)\w*\.inc|^\s*(--\s*)?(shutdown_server|send_shutdown)\b|\$MYSQLD_CMD|^\s*(SHUTDOWN|RESTART)\s*;/im,
  ],
  [
    'a binary log that starts again',
    /\b(RESET\s+(BINARY\s+LOGS|MASTER)|PURGE\s+(BINARY|MASTER)\s+LOGS)\b|reset_source\.inc/i,
  ],
  [
    'plugins or components',
    /\bINSTALL\s+(PLUGIN|COMPONENT)\b|\bhave_\w*(plugin|component|keyring|semisync|udf)\w*\.inc|\$\w+_(PLUGIN|COMPONENT)\b|group_replication_default_connections/i,
  ],
  ['another storage engine', /\bhave_(multi_)?ndb\w*\.inc|\bhave_(example|federated|mock)\w*\.inc/i],
  ['a long run', /\b(big_test|have_nightly|long_test)\.inc/i],
  ['the statement format', /\bhave_binlog_format_(statement|mixed)\w*\.inc/i],
  ['another platform', /\b(windows|have_case_insensitive_file_system|have_lowercase[12]|have_32bit)\.inc/i],
  ['a server without a binary log', /\bnot_log_bin\.inc/i],
];

/** Endings of files beside a test that start its servers with options of their own. */
const optionEndings = ['.opt', '-master.opt', '-source.opt', '-master.sh', '.cnf', '.combinations'] as const;

/**
 * Why a test file is passed over, from its text with all that it includes; null if it can be run.
 */
export function reasonToPassOver(file: TestFile, text: string): string | null {
  if (optionEndings.some((ending) => file.neighbours.has(file.name + ending))) return 'options of its own';
  return obstacles.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

const includePattern = /^\s*(?:--\s*)?(?:source|let\s+\$include_filename\s*=)\s+([\w./-]+\.(?:inc|test))/gim;

/** The files that a text includes by name. */
export function includedFiles(text: string): string[] {
  return [...text.matchAll(includePattern)].map(([, name = '']) => name);
}
