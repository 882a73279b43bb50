/**
 * - `starting`: it connects to both servers, and goes on from its checkpoint.
 * - `running`: it applies what the source sends.
 * - `retrying`: something interrupted it that passes by itself; it is tried again.
 * - `waiting`: it has stopped until somebody mends what stopped it, or another tailrace ends; it is tried again now and then.
 * - `stopped`: it was asked to stop.
 * - `failed`: an error stopped it; it needs a person.
 */
export const linkStandingStates = [
  'starting',
  'running',
  'retrying',
  'waiting',
  'stopped',
  'failed',
] as const;

export type LinkStandingState = (typeof linkStandingStates)[number];

/** What interrupted or stopped a link, without secrets. */
export interface LinkTrouble {
  /** From docs/errors.md. */
  readonly code: string;
  readonly what: string;
  /** null: not known. */
  readonly why: string | null;
  readonly cure: string;
}

/** Where the link that feeds a replica stands. */
export interface LinkStanding {
  readonly state: LinkStandingState;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** null: nothing interrupted it since it runs. */
  readonly trouble: LinkTrouble | null;
  /** While it is `retrying` or `waiting`: when it is tried next, milliseconds since 1970; null: it is being tried. */
  readonly retryAtMs: number | null;
}

/** Another tailrace applies the link, and this one is its standby. */
const standbyCode = 'TR_LINK_LOCKED';

/** In words, what keeps a link from running; null: nothing does, or nobody told. */
export function standingWords(link: LinkStanding | null): string | null {
  if (link === null) return null;
  const code = link.trouble === null ? '' : ` (${link.trouble.code})`;
  switch (link.state) {
    case 'running':
      return null;
    case 'starting':
      return 'the link is starting';
    case 'retrying':
      return `the link is interrupted and is retried${code}`;
    case 'waiting':
      return link.trouble?.code === standbyCode
        ? `the link stands by for another tailrace${code}`
        : `the link has stopped until somebody fixes this${code}`;
    case 'stopped':
      return 'the link was asked to stop';
    case 'failed':
      return `the link has stopped${code}`;
  }
}

/** Whether something keeps the link from going on. */
export const isBroken = (link: LinkStanding | null): boolean =>
  link?.state === 'failed' || link?.state === 'retrying' || link?.state === 'waiting';

/** Whether nothing comes to the replica until a person has done something. */
export const needsSomebody = (link: LinkStanding | null): boolean =>
  link?.state === 'failed' || (link?.state === 'waiting' && link.trouble?.code !== standbyCode);

/** Whether both tell the same. */
export function sameStanding(a: LinkStanding | null, b: LinkStanding | null): boolean {
  if (a === b) return true;
  return (
    a !== null &&
    b !== null &&
    a.state === b.state &&
    a.sinceMs === b.sinceMs &&
    a.retryAtMs === b.retryAtMs &&
    a.trouble?.code === b.trouble?.code &&
    a.trouble?.what === b.trouble?.what
  );
}
