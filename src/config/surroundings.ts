/** What a configuration may refer to outside of itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder at which relative paths start. */
  readonly folder: string;
}
