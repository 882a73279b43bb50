import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';
import { linkErrors } from './link-errors.js';
import { poolErrors } from './pool-errors.js';
import { preflightErrors } from './preflight-errors.js';
import { toolErrors } from './tool-errors.js';

/** Every code that tailrace can end with, or warn of. */
export const errorCatalogue = {
  ...preflightErrors,
  ...linkErrors,
  ...toolErrors,
  ...poolErrors,
  TR_INTERNAL: entry(
    exitCodes.defect,
    'tailrace has a defect: a condition that must always hold did not.',
    'Report it with the whole message. The checkpoint is safe.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
