/** Counts what is read on both servers and how long they worked on it. */
export class ReadMeter {
  #rows = 0;
  #serverMs = 0;
  #chunks = 0;
  #rechecks = 0;

  /** Rows read by digests, of both servers together. */
  get rows(): number {
    return this.#rows;
  }

  /** How long the statements took that read them, both servers added up: about the cores that they kept busy. */
  get serverSeconds(): number {
    return this.#serverMs / 1_000;
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** Second and further looks at something that differed. */
  get rechecks(): number {
    return this.#rechecks;
  }

  addChunk(): void {
    this.#chunks += 1;
  }

  addRecheck(): void {
    this.#rechecks += 1;
  }

  addRead(rows: number, elapsedMs: number): void {
    this.#rows += rows;
    this.#serverMs += elapsedMs;
  }
}
