import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { codeBlock, codeBlocks, replaced } from '../support/consumer-page.js';
import { useLab } from '../support/lab.js';
import { PageDaemon } from '../support/page-daemon.js';
import { Prometheus, promtool } from '../support/prometheus.js';
import { readRepositoryFile } from '../support/repository.js';
import { sql } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

interface Probe {
  readonly httpGet?: { readonly path: string };
  readonly exec?: { readonly command: readonly string[] };
}
interface Manifest {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly Readonly<Record<string, Probe>>[] } };
  };
}
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const lab = useLab({ replicas: 2 });
const ports = ['127.0.0.1:9180', '127.0.0.1:9181'];
const alerts = readRepositoryFile('config/monitoring/alerts.yaml');
const dashboard = JSON.parse(readRepositoryFile('config/monitoring/grafana-dashboard.json')) as Dashboard;
const rules = (parse(alerts) as Rules).groups.flatMap((group) => group.rules);
let daemon: PageDaemon;

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(onSource, 'CREATE DATABASE c', 'CREATE TABLE c.t (id INT PRIMARY KEY)');
  daemon = await PageDaemon.start(await lab(), codeBlock('haproxy.md', 'yaml'), ports);
  await daemon.serves();
});
afterAll(() => daemon?.stop());

const containers = (): Readonly<Record<string, Probe>>[] =>
  codeBlocks('kubernetes.md', 'yaml').flatMap(
    (text) => (parse(text) as Manifest).spec.template.spec.containers,
  );

describe('docs/consumers/kubernetes.md', () => {
  test('the probes of the daemon are answered', async () => {
    const paths = containers().flatMap(({ livenessProbe, readinessProbe }) =>
      [livenessProbe, readinessProbe].flatMap((probe) => probe?.httpGet?.path ?? []),
    );
    expect(paths).toEqual(['/livez', '/readyz']);
    for (const one of paths) expect((await daemon.get(one)).status).toBe(200);
  });

  test('the readiness of a replica follows what may be read [P29]', async () => {
    const commands = containers().flatMap(({ readinessProbe }) => readinessProbe?.exec?.command ?? []);
    const [program, flag = '', script = ''] = commands;
    expect([program, flag]).toEqual(['node', '-e']);
    const text = replaced(script, { '127.0.0.1:9180': `127.0.0.1:${daemon.port}` });
    const isReady = (id: string): boolean =>
      spawnSync(process.execPath, [flag, text], { env: { REPLICA: id } }).status === 0;
    const isReadyAgain = (id: string): Promise<void> =>
      waitFor(() => isReady(id), { what: `${id} to be ready` });
    await isReadyAgain('db2');
    expect(isReady('db4')).toBe(false);
    await daemon.order('db2', 'drain');
    expect(isReady('db2')).toBe(false);
    await isReadyAgain('db3');
    expect(isReady('db2')).toBe(false);
    await daemon.order('db2', 'none');
    await isReadyAgain('db2');
  });
});

test('docs/consumers/pools.md: the sample reads from replicas that may be read, and from none that may not', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pools-page-'));
  try {
    const file = path.join(folder, 'replica-to-read.mjs');
    await writeFile(file, codeBlock('pools.md', 'js'));
    const choice = (url: string): string => {
      const script =
        `import { replicaToRead } from ${JSON.stringify(pathToFileURL(file).href)};` +
        'const names = []; for (let i = 0; i < 200; i += 1) names.push(await replicaToRead());' +
        'console.log(JSON.stringify([...new Set(names)].sort()));';
      const args = ['--input-type=module', '--eval', script];
      const ended = spawnSync(process.execPath, args, { env: { TAILRACE_URL: url }, encoding: 'utf8' });
      return ended.stdout.trim();
    };
    // It gives a daemon half a second, which on a busy machine may not be enough the first time.
    const chooses = (names: readonly (string | null)[], url: string): Promise<void> =>
      waitFor(() => choice(url) === JSON.stringify(names), { what: names.join(' and ') });
    const url = `http://127.0.0.1:${daemon.port}`;
    await chooses(['db2', 'db3'], url);
    await daemon.order('db3', 'maint');
    await chooses(['db2'], url);
    await daemon.order('db3', 'none');
    await chooses([null], 'http://127.0.0.1:1');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** So long an alert is quiet, and by then it fires, given these series; a value every 15 seconds. */
const firing: Readonly<
  Record<string, readonly [quiet: string, fires: string, ...series: (readonly string[])[]]>
> = {
  TailraceDown: ['30s', '2m', ['up{job="tailrace",instance="t"}', '1 0+0x40']],
  TailraceNotDeciding: ['2m', '4m', ['tailrace_hints_decided_seconds', '0+15x8 120+0x40']],
  TailraceSourceDown: ['15s', '1m', ['tailrace_source_up{source="db1"}', '1 0+0x40']],
  TailraceLinkFailed: ['0s', '1m', ['tailrace_link_state{replica="db2",state="failed"}', '0 1+0x40']],
  TailraceReplicaDown: ['30s', '2m', ['tailrace_replica_up{replica="db2"}', '1 0+0x40']],
  TailraceReplicaLag: ['4m', '6m', ['tailrace_replica_lag_seconds{replica="db2"}', '40+0x80']],
  TailraceReplicaFallsBehind: [
    '9m',
    '11m',
    ['tailrace_replica_lag_seconds{replica="db2"}', '11+1x80'],
    ['tailrace_replica_lag_trend{replica="db2"}', '1+0x80'],
  ],
  TailraceReplicaLagUnknown: ['1m', '3m', ['tailrace_replica_lag_unknown{replica="db2"}', '1+0x40']],
  TailraceNoReplicaServes: [
    '2m',
    '4m',
    ['tailrace_replica_state{replica="db2",state="serving"}', '0+0x40'],
    ['tailrace_replica_state{replica="db3",state="serving"}', '1+0x8 0+0x40'],
  ],
  TailraceConflicts: ['1m', '3m', ['tailrace_link_conflicts_total{replica="db2"}', '0+0x8 1+0x40']],
};

describe('docs/consumers/prometheus.md', () => {
  test('alerts fire when they should, and not before; the page names each [P29]', async () => {
    expect(Object.keys(firing).sort()).toEqual(rules.map(({ alert }) => alert).sort());
    const page = readRepositoryFile('docs/consumers/prometheus.md');
    expect(rules.filter(({ alert }) => !page.includes(`\`${alert}\``))).toEqual([]);
    const count = (alert: string) => `count(ALERTS{alertname="${alert}",alertstate="firing"})`;
    const tests = Object.entries(firing).map(([alert, [quiet, fires, ...series]]) => ({
      interval: '15s',
      input_series: series.map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        { expr: count(alert), eval_time: quiet, exp_samples: [] },
        { expr: count(alert), eval_time: fires, exp_samples: [{ labels: '{}', value: 1 }] },
      ],
    }));
    const cases = stringify({ rule_files: ['alerts.yaml'], evaluation_interval: '15s', tests });
    const files = { 'alerts.yaml': alerts, 'cases.yaml': cases };
    expect(await promtool(['check', 'rules', 'alerts.yaml'], files)).toContain('SUCCESS');
    expect(await promtool(['test', 'rules', 'cases.yaml'], files)).toContain('SUCCESS');
  });

  test('every metric that alerts and dashboard name is exposed by a running daemon [P29]', async () => {
    const exposed = await (await daemon.get('/metrics')).text();
    await promtool(['check', 'metrics'], {}, exposed).catch((error: Error) => {
      // Its advice on names and units is not about what can be read.
      if (/error/i.test(error.message.replace('failed', ''))) throw error;
    });
    const known = new Set([...exposed.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? ''));
    const expressions = [...rules, ...dashboard.panels.flatMap(({ targets }) => targets)].map(
      ({ expr }) => expr,
    );
    const named = expressions.flatMap((expr) => expr.match(/\b(tailrace|process)_\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(30);
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  test('a Prometheus with these files reads the daemon, and every panel of the dashboard has data [P29]', async () => {
    const configuration = replaced(readRepositoryFile('config/monitoring/prometheus.yaml'), {
      '127.0.0.1:9180': `127.0.0.1:${daemon.port}`,
      'scrape_interval: 5s': 'scrape_interval: 1s',
    });
    const files = { 'prometheus.yaml': configuration, 'alerts.yaml': alerts };
    const prometheus = await Prometheus.start(files);
    try {
      const panels = dashboard.panels.flatMap(({ title, targets }) =>
        targets.map(({ expr }) => [title, expr.replaceAll(/\$(instance|replica)\b/g, '.*')] as const),
      );
      expect(panels.length).toBeGreaterThan(15);
      for (const [title, expr] of panels)
        await waitFor(async () => (await prometheus.samples(expr)) > 0, {
          what: `data of "${title}": ${expr}`,
        });
      for (const { expr } of rules) await prometheus.samples(expr);
      expect(await prometheus.samples('ALERTS{alertstate="firing"}')).toBe(0);
    } finally {
      await prometheus.stop();
    }
  });
});
