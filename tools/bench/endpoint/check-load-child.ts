/** The process that asks: a server is not measured by whoever takes its processor time. Ends with its parent. */
import { setPriority } from 'node:os';
import { answerTask } from '../answer-task.js';
import { CheckLoad, type CheckLoadTask } from './check-load.js';

/** What is late in being looked at would count as late in being answered. */
const promptPriority = -15;

try {
  setPriority(promptPriority);
} catch {
  // Only an administrator may; the figures are then those of a client among others.
}
answerTask<CheckLoadTask>((task) => new CheckLoad(task).run());
