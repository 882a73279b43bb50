/** What a code means, what to do when nothing more precise is known, and how the process ends. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly cure: string;
  readonly exitCode: number;
}

export const entry = (exitCode: number, meaning: string, cure: string): CatalogueEntry => ({
  meaning,
  cure,
  exitCode,
});
