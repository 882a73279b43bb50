/** Where the lag endpoint listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Reads `HOST:PORT`, an IPv6 address in brackets; null: it is neither. */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  return match !== null && port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : null;
}
