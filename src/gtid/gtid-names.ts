const sid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const tag = /^[a-z_][a-z0-9_]{0,31}$/i;

/** A source id: the `server_uuid` of the server that committed a transaction first. */
export function isSid(text: string): boolean {
  return sid.test(text);
}

/** A tag of a GTID (MySQL 8.3 and later): 1 to 32 letters, digits and underscores, no digit first. */
export function isTag(text: string): boolean {
  return tag.test(text);
}

/** Shortens a text that a person typed to what fits into a message. */
export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
