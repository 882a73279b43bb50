import type { FromTaskChild, ToTaskChild } from './task-process.js';

/**
 * For the program of a `TaskProcess`: does what the first message asks for, sends what came of it, and ends; also when the parent does.
 * `ready` says that what was asked for has begun; `stop` is aborted when the parent has seen enough.
 */
export function answerTask<Task>(
  run: (task: Task, around: { readonly ready: () => void; readonly stop: AbortSignal }) => Promise<unknown>,
): void {
  const stopped = new AbortController();
  const send = (message: FromTaskChild, then: () => void = () => undefined): void => {
    process.send?.(message, then);
  };
  process.on('disconnect', () => process.exit(1));
  process.on('message', (message: ToTaskChild) => {
    if (message.kind === 'stop') return stopped.abort();
    run(message.task as Task, { ready: () => send({ kind: 'ready' }), stop: stopped.signal }).then(
      (result) => send({ kind: 'done', result }, () => process.exit(0)),
      (error: unknown) =>
        send({ kind: 'failed', text: String((error as Error).message) }, () => process.exit(1)),
    );
  });
}
