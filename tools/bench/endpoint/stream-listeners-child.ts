/** The process of those who listen to the stream of hints. Ends with its parent. */
import { answerTask } from '../answer-task.js';
import { StreamListeners, type StreamListenersTask } from './stream-listeners.js';

answerTask<StreamListenersTask>((task, around) => new StreamListeners(task).run(around));
