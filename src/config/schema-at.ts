import * as z from 'zod';
import { configSchema } from './config-schema.js';

type Path = readonly (string | number)[];

/** The schema of the setting at a path; null: there is none. */
export function schemaAt(path: Path): z.ZodType | null {
  let schema: z.ZodType | null = configSchema;
  for (const part of path) {
    schema = schema === null ? null : childOf(bare(schema), part);
  }
  return schema === null ? null : bare(schema);
}

/** The settings that the group at a path may hold. */
export function settingsAt(path: Path): readonly string[] {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function childOf(schema: z.ZodType, part: string | number): z.ZodType | null {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, z.ZodType>)[part] ?? null;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  return null;
}

function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}
