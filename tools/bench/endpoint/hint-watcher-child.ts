/** The process that notes when the stream tells of transactions. Ends with its parent. */
import { answerTask } from '../answer-task.js';
import { HintWatcher, type HintWatcherTask } from './hint-watcher.js';

answerTask<HintWatcherTask>((task, around) => new HintWatcher(task).run(around));
