import * as z from 'zod';
import { configSchema } from '../../src/config/config-schema.js';

/** The JSON schema of a configuration file, as text: what config/tailrace.schema.json holds. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ title: 'tailrace configuration', ...schema }, null, 2)}\n`;
}
