import type { ServerResponse } from 'node:http';

/**
 * Adds a header to an answer whose head is about to be written. `head`: the arguments of `writeHead`, which are changed:
 * headers that are given there replace those of the same name that were set before (`ServerResponse.writeHead` in Node’s
 * documentation), so that a cookie of the application would drive ours out.
 */
export function addHeader(response: ServerResponse, head: unknown[], name: string, value: string): void {
  const at = head.findIndex((argument) => typeof argument === 'object' && argument !== null);
  const given = head[at];
  const isOwn = (key: unknown): boolean => String(key).toLowerCase() === name.toLowerCase();
  if (Array.isArray(given)) {
    // Names and values in turn. A name that comes twice may count once: it depends on what was set before.
    const flat = given.flat(Array.isArray(given[0]) ? 1 : 0) as unknown[];
    const isName = (index: number): boolean => index % 2 === 0;
    const values = flat.filter((_, index) => !isName(index) && isOwn(flat[index - 1])).flat();
    const others = flat.filter((_, index) => !isOwn(flat[isName(index) ? index : index - 1]));
    if (values.length === 0) response.appendHeader(name, value);
    else head[at] = [...others, name, [...values, value]];
    return;
  }
  const headers = (given ?? {}) as Readonly<Record<string, unknown>>;
  const own = Object.keys(headers).find(isOwn);
  if (own === undefined) response.appendHeader(name, value);
  else head[at] = { ...headers, [own]: [headers[own], value].flat() };
}
