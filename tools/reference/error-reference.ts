import type { CatalogueEntry, Retry } from '../../src/errors/catalogue-entry.js';
import { errorCatalogue } from '../../src/errors/error-catalogue.js';
import { exitCodes } from '../../src/errors/exit-codes.js';

const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done, caught up, or ready',
  problemsFound: '`check` found problems, or data differs',
  usage: 'the command line or the configuration has mistakes',
  refused: 'refused before anything was changed',
  stopped: 'stopped safely at its checkpoint; the next start continues from there',
  unreachable: 'a server could not be reached, or was lost for too long',
  defect: 'a defect in tailrace',
};

function retried(retry: Retry): string[] {
  const codes = Object.entries(errorCatalogue).filter(([, entry]) => entry.retry === retry);
  return codes.map(([code]) => `- \`${code}\``);
}

/** The text of docs/errors.md: every exit code and every error code, in the order of the catalogue, grouped by area. */
export function errorReference(): string {
  return [
    '# Errors',
    '',
    'Generated from `src/errors/error-catalogue.ts`: do not edit. `npm run docs` writes this page.',
    '',
    'Every error has a stable code. tailrace prints it with what happened, why (in the words of the server, if it gave any)',
    'and the cure. The cures below are general; a printed cure names tables, users and statements.',
    '',
    '## What `run` retries',
    '',
    '`run` retries a temporary problem of the network or of a server soon:',
    '',
    ...retried('passes'),
    '',
    '`run` retries a problem that somebody can fix from outside every 30 s:',
    '',
    ...retried('curable'),
    '',
    'After any other error a link stays stopped until `run` is restarted.',
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...Object.entries(exitCodeMeanings).map(
      ([name, meaning]) => `| ${exitCodes[name as keyof typeof exitCodes]} | ${meaning} |`,
    ),
    '',
    ...[...areas()].flatMap(([area, entries]) => section(area, entries)),
  ].join('\n');
}

type CodedEntry = readonly [code: string, entry: CatalogueEntry];

/** Entries by the second word of their code. */
function areas(): ReadonlyMap<string, readonly CodedEntry[]> {
  const byArea = new Map<string, CodedEntry[]>();
  for (const coded of Object.entries(errorCatalogue)) {
    const area = coded[0].split('_')[1] ?? '';
    byArea.set(area, [...(byArea.get(area) ?? []), coded]);
  }
  return byArea;
}

function section(area: string, entries: readonly CodedEntry[]): string[] {
  return [
    `## TR_${area}_…`,
    '',
    '| code | exit | meaning | cure |',
    '|---|---|---|---|',
    ...entries.map(
      ([code, { exitCode, meaning, cure }]) =>
        `| \`${code}\` | ${exitCode} | ${cell(meaning)} | ${cell(cure)} |`,
    ),
    '',
  ];
}

/** A pipe would end the cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
