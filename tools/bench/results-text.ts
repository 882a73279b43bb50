import type { BenchEnvironment, BenchResults } from './bench-results.js';
import { resultTables } from './result-tables.js';
import { markdownTable, textTable } from './text-table.js';

/** What the terminal shows at the end. */
export function terminalText(results: BenchResults): string {
  const tables = resultTables(results).map(
    ({ title, heading, rows }) => `${title}\n\n${textTable(heading, rows)}\n`,
  );
  return [environmentLine(results.environment), '', ...tables].join('\n');
}

/** docs/bench/results.md. */
export function resultsPage(results: BenchResults): string {
  const { environment } = results;
  const tables = resultTables(results).map(
    ({ title, heading, rows }) => `## ${title}\n\n${markdownTable(heading, rows)}\n`,
  );
  const chart =
    results.workloads.length > 0 ? ['![Times faster than native replication](results.svg)', ''] : [];
  return [
    '# Bench results',
    '',
    `Written by \`${environment.command}\` on ${environment.date.slice(0, 10)}. Do not edit; run it again.`,
    '',
    environmentLine(environment),
    '',
    generatorLine(results),
    '',
    ...chart,
    ...tables,
  ].join('\n');
}

function environmentLine(environment: BenchEnvironment): string {
  const { tailrace, mysql, node, system, cpu, cores, memoryMib, scale, seed } = environment;
  const machine = `${cores} core${cores === 1 ? '' : 's'} (${cpu}), ${(memoryMib / 1024).toFixed(0)} GiB, ${system}`;
  return `tailrace ${tailrace}, MySQL ${mysql}, Node ${node}; ${machine}; scale ${scale}, seed ${seed}.`;
}

function generatorLine({ workloads }: BenchResults): string {
  const bySysbench = workloads.filter(({ generator }) => generator === 'sysbench').map(({ name }) => name);
  return bySysbench.length > 0
    ? `Written to the source by sysbench: ${bySysbench.join(', ')}; all else by the bench's own generator.`
    : 'Written to the source by the bench’s own generator; sysbench was not installed.';
}
