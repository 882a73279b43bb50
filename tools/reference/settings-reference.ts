import * as z from 'zod';
import { configSchema } from '../../src/config/config-schema.js';

/** What this page reads of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

const introduction = `# Settings

Generated from the schema in \`src/config\`: do not edit. \`npm run docs\` writes this page.

\`tailrace run\` and \`tailrace check\` read settings from a file (\`--config\`). The settings of servers and links are also
options of the command line, with hyphens instead of underscores. A commented file with every setting is
[config/tailrace.example.yaml](../config/tailrace.example.yaml); its JSON schema is
[config/tailrace.schema.json](../config/tailrace.schema.json). tailrace reports all mistakes in a file at once, with line and
column. The names of settings contain their units.
`;

const titles: Readonly<Record<string, string>> = {
  source: 'The source',
  link: 'Links',
  replicas: 'Replicas',
  listen: 'The lag endpoint',
  'listen.tls': 'HTTPS',
  'listen.limits': 'Limits of the lag endpoint',
  hints: 'Hints',
  heartbeat: 'Heartbeat',
};

/** The text of docs/settings.md: every setting of the configuration file, a table for each group. */
export function settingsReference(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Schema;
  const sections = Object.entries(schema.properties ?? {}).flatMap(([name, group]) => section(name, group));
  return [introduction, ...sections].join('\n');
}

function section(path: string, group: Schema): string[] {
  const { properties = {}, required = [] } = group.items ?? group;
  const shared = path === 'replicas' ? sharedWithReplicas() : new Set<string>();
  const own = Object.entries(properties).filter(([name]) => !shared.has(name));
  const groups = own.filter(([, setting]) => setting.properties !== undefined);
  const rows = own
    .filter(([, setting]) => setting.properties === undefined)
    .map(([name, setting]) => row(name, setting, required.includes(name)));
  return [
    `## ${titles[path] ?? path}`,
    '',
    `Group \`${path}\`. ${group.description ?? ''}`,
    ...(shared.size > 0
      ? ['', 'A replica also takes the settings of [the source](#the-source) and of [links](#links).']
      : []),
    '',
    '| setting | default | values | |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...groups.flatMap(([name, inner]) => section(`${path}.${name}`, inner)),
  ];
}

/** Settings that the page shows in another group already. */
function sharedWithReplicas(): ReadonlySet<string> {
  const { source, link } = configSchema.shape;
  return new Set([...Object.keys(source.unwrap().shape), ...Object.keys(link.unwrap().shape)]);
}

function row(name: string, setting: Schema, isRequired: boolean): string {
  const text = (setting.description ?? '').replaceAll('|', '\\|');
  return `| \`${name}\` | ${isRequired ? 'required' : defaultOf(setting)} | ${valuesOf(setting)} | ${text} |`;
}

function defaultOf({ default: value }: Schema): string {
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'string' || typeof value === 'boolean') return `\`${value}\``;
  return 'none';
}

function valuesOf({ type, enum: words, minimum, maximum }: Schema): string {
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (minimum === undefined || maximum === undefined) return '';
  return `${minimum.toLocaleString('en-US')} to ${maximum.toLocaleString('en-US')}`;
}
