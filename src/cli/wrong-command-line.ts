import { TailraceError } from '../errors/tailrace-error.js';

/**
 * `TR_CONFIG_INVALID` with every mistake of a command line, each written `--option: what it must be`. None may quote what was
 * given: it may be a secret.
 */
export function wrongCommandLine(
  mistakes: readonly string[],
  cure = `${mistakes.length === 1 ? 'Correct it' : 'Correct each of them'}; \`tailrace COMMAND --help\` shows every option.`,
): TailraceError {
  return new TailraceError('TR_CONFIG_INVALID', {
    what: `The command line has ${mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`}.`,
    why: mistakes.join('\n        '),
    cure,
  });
}
