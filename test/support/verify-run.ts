import { Verifier } from '../../src/verify/verifier.js';
import { everything } from '../../src/verify/verify-filter.js';
import type { VerifyReport } from '../../src/verify/verify-report.js';
import type { VerifySettings } from '../../src/verify/verify-settings.js';
import { differenceLines } from '../../src/cli/verify-summary.js';
import type { LabServer } from '../../src/lab/lab-server.js';

interface TwoServers {
  readonly source: LabServer;
  readonly replica: LabServer;
}

/** Compares two servers, with small chunks unless told otherwise. */
export function verifyServers(
  servers: TwoServers,
  settings: Partial<VerifySettings> = {},
): Promise<VerifyReport> {
  return makeVerifier(servers, settings).run(new AbortController().signal);
}

/** A comparison that is not started yet. */
export function makeVerifier({ source, replica }: TwoServers, settings: Partial<VerifySettings>): Verifier {
  return new Verifier({
    source: source.address,
    replica: replica.address,
    filter: everything,
    parallel: 2,
    chunkMs: 10,
    threadsMax: 0,
    stalledMsMax: 20_000,
    rowsNamedMax: 20,
    stateFile: null,
    ...settings,
  });
}

/** What a person is told of the differences, one line each, in order of their text. */
export function foundLines(report: VerifyReport): string[] {
  return differenceLines(report)
    .flatMap((lines) => lines.split('\n'))
    .sort();
}

/** `INSERT … SELECT`: so many rows, `n` counting from 0 in the expressions. */
export function fillStatement(table: string, values: string, rows: number): string {
  const digits =
    '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  const places = Math.max(1, Math.ceil(Math.log10(rows)));
  const names = Array.from({ length: places }, (_, i) => `p${i}`);
  const number = names.map((name, i) => `${name}.d * ${10 ** i}`).join(' + ');
  const from = names.map((name) => `${digits} ${name}`).join(' JOIN ');
  return `INSERT INTO ${table} SELECT ${values} FROM (SELECT ${number} AS n FROM ${from}) numbers WHERE n < ${rows}`;
}
