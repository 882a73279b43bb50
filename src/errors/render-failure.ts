import { redactSecrets } from './redact-secrets.js';
import { exitCodes } from './exit-codes.js';
import { TailraceError } from './tailrace-error.js';

export interface Failure {
  /** What stderr shows; several lines, without the last newline. */
  readonly text: string;
  /** What happened, in one sentence. */
  readonly what: string;
  readonly exitCode: number;
}

/**
 * What a person sees of an error that ends a command. What is not a `TailraceError` is a defect of tailrace: `TR_INTERNAL`,
 * with the stack, from which passwords are taken out.
 */
export function renderFailure(error: unknown): Failure {
  if (error instanceof TailraceError)
    return { text: error.render(), what: error.what, exitCode: error.exitCode };
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  const defect = new TailraceError('TR_INTERNAL', { what: redactSecrets(message), cause: error });
  const trace = stack === undefined ? '' : `\n${redactSecrets(stack)}`;
  return { text: `${defect.render()}${trace}`, what: defect.what, exitCode: exitCodes.defect };
}
