/**
 * The process that watches when a replica shows what the source committed. Not the bench's own: a turn of the event loop that
 * the writers take would be counted as a replica's delay. Ends with its parent.
 */
import { answerTask } from './answer-task.js';
import { type MarkerWatcherTask, watchMarkers } from './marker-watcher.js';

answerTask<MarkerWatcherTask>(watchMarkers);
