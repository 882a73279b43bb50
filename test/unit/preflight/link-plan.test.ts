import { describe, expect, test } from '@jest/globals';
import { type LinkPlan, sourceHabits } from '../../../src/preflight/link-plan.js';
import { renderPlanSummary, renderPlanTables } from '../../../src/cli/check-plan-text.js';
import { parseServerVersion } from '../../../src/mysql/server-version.js';
import { explainTables } from '../../../src/plan/explain-table.js';
import { modelTables } from '../../support/plan-tables.js';

const choice = { strategy: 'auto', lanes: 4 } as const;

function planOf(copies: number, changes: Partial<LinkPlan> = {}): LinkPlan {
  const traits = Array.from({ length: copies }, (_, copy) =>
    modelTables(0).map(({ traits: own }) => ({
      ...own,
      table: `${own.table}${copy}`,
      linkGroup: own.linked ? `${own.linkGroup}${copy}` : `${own.schema}.${own.table}${copy}`,
    })),
  ).flat();
  const habits = { partialImages: false, actionsLogged: false };
  return {
    lanes: 4,
    partition: 'auto',
    habits,
    gtids: { byGtid: true, canAdopt: true },
    handoff: 'gtid',
    tables: explainTables(traits, habits, choice).map((table) => ({
      ...table,
      primaryKey: ['id'],
      links: { foreignKeys: [], declared: [] },
    })),
    cut: false,
    ...changes,
  };
}

describe('the plan as text', () => {
  test('of thousands of tables is a few lines, and names some of each kind', () => {
    const text = renderPlanSummary(planOf(300));
    expect(text).toContain('5,700 tables, 4 lanes, partition auto');
    expect(text.split('\n').length).toBeLessThan(20);
    expect(text).toContain('1,500  never split by row: no primary key');
    expect(text).toMatch(
      /600 {2}in source order when rows of linked tables are updated or deleted: .* \(s1\.root0, .*…\)/,
    );
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(250);
  });

  test('gives each table a paragraph', () => {
    const text = renderPlanTables(planOf(1));
    expect(text.match(/^ {2}s\d\.\w+$/gm)?.length).toBe(19);
    expect(text).toContain(
      '  s1.root0\n    applied  net changes by primary key (id)\n    lanes    one lane for all linked tables',
    );
  });

  test.each([
    [{ gtids: { byGtid: true, canAdopt: false } }, 'only the checkpoint shows what is applied'],
    [{ gtids: { byGtid: false, canAdopt: false } }, 'file and position in the checkpoint only'],
    [{ handoff: 'position' }, 'restarts native replication from file and position'],
    [{ handoff: null }, 'so --handoff native has nothing to start'],
    [{ cut: true }, 'and more tables'],
  ] as const)('%j', (changes, words) => {
    expect(renderPlanSummary(planOf(1, changes))).toContain(words);
  });
});

describe('how a source logs', () => {
  test.each([
    ['9.7.4', {}, { partialImages: false, actionsLogged: true }],
    ['9.7.4', { innodb_native_foreign_keys: 'ON' }, { partialImages: false, actionsLogged: false }],
    ['8.4.2', { binlog_row_image: 'FULL' }, { partialImages: false, actionsLogged: false }],
    ['8.4.2', { binlog_row_image: 'NOBLOB' }, { partialImages: true, actionsLogged: false }],
    ['9.7.4', { binlog_row_value_options: 'PARTIAL_JSON' }, { partialImages: true, actionsLogged: true }],
    ['5.6.24', {}, { partialImages: false, actionsLogged: false }],
  ])('%s %j', (version, variables: Record<string, string>, expected) => {
    const source = {
      version: parseServerVersion(version),
      variable: (name: string) => variables[name] ?? '',
    };
    expect(sourceHabits(source)).toEqual(expected);
  });
});
