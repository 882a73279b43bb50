import type { StatementPolicy } from '../apply/barrier/statement-policy.js';
import type { Problem } from './problem.js';
import { type ServerFacts, setGlobal } from '../mysql/server-facts.js';

/** Whether the source logs what a link needs: settings of the server alone, not of its sessions. */
export function checkSource(source: ServerFacts, statements: StatementPolicy): Problem[] {
  const ofMariadb = source.version.flavour === 'mariadb' ? checkMariadb(source) : [];
  return [...ofMariadb, ...checkLogging(source, statements), ...checkRowContents(source)];
}

/** What of MariaDB's log can be carried is what MySQL has, too: the rest is refused here, or stops the link where it comes. */
function checkMariadb(source: ServerFacts): Problem[] {
  const problems: Problem[] = [
    {
      severity: 'warning',
      code: 'TR_SOURCE_MARIADB',
      what: `The ${source.label} is MariaDB ${source.version.text}.`,
      why: 'The link uses file and position, without GTIDs. Types that MySQL lacks (INET6, UUID, JSON as text, compressed columns), sequences, versioned tables and statements in its own syntax stop the link.',
      cure: 'Compare the data with `tailrace verify` before you use the replica.',
    },
  ];
  if (isOn(source.variable('log_bin_compress'))) {
    problems.push({
      severity: 'error',
      code: 'TR_SOURCE_MARIADB_FORMAT',
      what: `The ${source.label} compresses the events of its binary log: log_bin_compress is ON.`,
      why: 'MariaDB compresses each event in its own format, which tailrace does not read.',
      cure: `${setGlobal(source, 'log_bin_compress', 'OFF')} FLUSH BINARY LOGS; Then start from the new file.`,
    });
  }
  if (!isOn(source.variable('mysql56_temporal_format'))) {
    problems.push({
      severity: 'error',
      code: 'TR_SOURCE_MARIADB_FORMAT',
      what: `The ${source.label} creates columns with times in MariaDB's own format: mysql56_temporal_format is OFF.`,
      why: 'A replica would read other dates and times from their rows.',
      cure: `${setGlobal(source, 'mysql56_temporal_format', 'ON')} ALTER TABLE … FORCE; for every table with a temporal column.`,
    });
  }
  return problems;
}

function checkLogging(source: ServerFacts, statements: StatementPolicy): Problem[] {
  const problems: Problem[] = [];
  if (!isOn(source.variable('log_bin'))) {
    problems.push({
      severity: 'error',
      code: 'TR_SOURCE_BINLOG_OFF',
      what: `The ${source.label} writes no binary log.`,
      why: 'log_bin is OFF.',
      cure: 'Remove skip-log-bin from its configuration, or add log-bin=binlog, and restart it.',
    });
  }
  const format = source.variable('binlog_format');
  if (format !== 'ROW') {
    problems.push({
      severity: statements === 'stop' ? 'error' : 'warning',
      code: 'TR_SOURCE_BINLOG_FORMAT',
      what: `The ${source.label} logs statements: binlog_format is ${format}.`,
      why:
        statements === 'stop'
          ? 'This link stops at changes that were logged as statements (statements: stop).'
          : 'They are applied as statements, one transaction after the other. Some have another outcome on the replica: each that is known to may is named in the log.',
      cure: `${setGlobal(source, 'binlog_format', "'ROW'")} Open sessions keep the old format until they reconnect.`,
    });
  }
  return problems;
}

function checkRowContents(source: ServerFacts): Problem[] {
  const problems: Problem[] = [];
  const image = source.variable('binlog_row_image');
  if (image !== '' && image !== 'FULL') {
    problems.push({
      severity: 'warning',
      code: 'TR_SOURCE_ROW_IMAGE',
      what: `The ${source.label} logs row images without all columns: binlog_row_image is ${image}.`,
      why: 'Such changes cannot be reduced to net changes. They are applied one by one, in one lane.',
      cure: setGlobal(source, 'binlog_row_image', "'FULL'"),
    });
  }
  if (source.variable('binlog_row_value_options').includes('PARTIAL_JSON')) {
    problems.push({
      severity: 'warning',
      code: 'TR_SOURCE_PARTIAL_JSON',
      what: `The ${source.label} logs partial JSON updates.`,
      why: 'They cannot be reduced to net changes. They are applied one by one, in one lane.',
      cure: setGlobal(source, 'binlog_row_value_options', "''"),
    });
  }
  return problems;
}

function isOn(value: string): boolean {
  return value === 'ON' || value === '1';
}
