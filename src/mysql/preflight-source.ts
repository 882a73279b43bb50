import type { Problem } from './problem.js';
import { type ServerFacts, setGlobal } from './server-facts.js';

/** Whether the source logs what a link needs: settings of the server alone, not of its sessions. */
export function checkSource(source: ServerFacts): Problem[] {
  if (source.version.flavour === 'mariadb') return [mariadb(source)];
  return [...checkLogging(source), ...checkRowContents(source)];
}

function mariadb(source: ServerFacts): Problem {
  return {
    severity: 'error',
    code: 'TR_SOURCE_MARIADB',
    what: `The ${source.label} is MariaDB ${source.version.text}.`,
    why: 'Its binary log has events and GTIDs that no MySQL server understands.',
    cure: 'Use a MySQL source; MariaDB is not supported yet.',
  };
}

function checkLogging(source: ServerFacts): Problem[] {
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
      severity: 'error',
      code: 'TR_SOURCE_BINLOG_FORMAT',
      what: `The ${source.label} logs statements: binlog_format is ${format}.`,
      why: 'A statement may have another outcome on the replica; only row changes are applied.',
      cure: `${setGlobal(source, 'binlog_format', "'ROW'")} Sessions that are open keep the old format until they connect anew.`,
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
      why: 'Such changes cannot be reduced to net changes; they are applied one by one, in one lane.',
      cure: setGlobal(source, 'binlog_row_image', "'FULL'"),
    });
  }
  if (source.variable('binlog_row_value_options').includes('PARTIAL_JSON')) {
    problems.push({
      severity: 'warning',
      code: 'TR_SOURCE_PARTIAL_JSON',
      what: `The ${source.label} logs partial JSON updates.`,
      why: 'They cannot be reduced to net changes; they are applied one by one, in one lane.',
      cure: setGlobal(source, 'binlog_row_value_options', "''"),
    });
  }
  if (isOn(source.variable('binlog_transaction_compression'))) {
    problems.push({
      severity: 'error',
      code: 'TR_SOURCE_COMPRESSION',
      what: `The ${source.label} compresses transactions in its binary log.`,
      why: 'The link would stop at the first of them: tailrace does not read them yet.',
      cure: setGlobal(source, 'binlog_transaction_compression', 'OFF'),
    });
  }
  return problems;
}

function isOn(value: string): boolean {
  return value === 'ON' || value === '1';
}
