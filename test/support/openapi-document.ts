import { parse } from 'yaml';
import * as z from 'zod';
import { readRepositoryFile } from './repository.js';

type Json = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, Json>>;
  readonly security: readonly Json[] | undefined;
  readonly requestBody: Json | undefined;
}

/** docs/openapi.yaml, references resolved one level at a time. */
export class OpenapiDocument {
  readonly #document = parse(readRepositoryFile('docs/openapi.yaml')) as Json;

  /** By `get /path`. */
  operations(): ReadonlyMap<string, Operation> {
    const paths = Object.entries(this.#document.paths as Readonly<Record<string, Json>>);
    const found = paths.flatMap(([path, { parameters: ofPath, ...methods }]) =>
      Object.entries(methods).map(([method, value]) => {
        const operation = value as Json;
        const parameters = [...listOf(ofPath), ...listOf(operation.parameters)].map((one) =>
          this.resolve(one),
        );
        return [`${method} ${path}`, { ...operation, parameters } as unknown as Operation] as const;
      }),
    );
    return new Map(found);
  }

  resolve(value: Json): Json {
    if (typeof value.$ref !== 'string') return value;
    let found: unknown = this.#document;
    for (const part of value.$ref.replace('#/', '').split('/')) found = (found as Json)[part];
    if (found === undefined) throw new Error(`${value.$ref} is not there`);
    return found as Json;
  }

  /** Throws what is wrong with a value that shall fit a schema. */
  require(schema: Json, value: unknown): void {
    const { schemas } = this.#document.components as { readonly schemas: Json };
    const text = JSON.stringify({ ...schema, $defs: schemas });
    const json = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Parameters<
      typeof z.fromJSONSchema
    >[0];
    z.fromJSONSchema(json).parse(value);
  }
}

const listOf = (value: unknown): readonly Json[] => (value ?? []) as readonly Json[];
