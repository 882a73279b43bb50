import { describe, expect, test } from '@jest/globals';
import { linkEvents, linkStates, linkTransitions, nextState } from '../../../src/link/link-state.js';
import { readRepositoryFile } from '../../support/repository.js';

describe('the state machine of a link', () => {
  test('every state but an end is left by a stop, and a stop comes to its end', () => {
    const running = linkStates.filter((state) => !['stopped', 'failed'].includes(state));
    expect(running.map((state) => nextState(state, 'stop'))).toEqual(running.map(() => 'stopping'));
    expect(nextState('stopping', 'ended')).toBe('stopped');
  });

  test('a stop that comes while the link starts is not forgotten', () => {
    const begins = ['attempt', 'torn', 'apply', 'caught-up', 'fell-behind'] as const;
    expect(begins.map((event) => nextState('stopping', event))).toEqual(begins.map(() => 'stopping'));
  });

  test('every state can be reached', () => {
    const reached = new Set<string>(['starting']);
    for (let grown = true; grown;) {
      const size = reached.size;
      for (const state of linkStates) {
        if (!reached.has(state)) continue;
        for (const event of linkEvents) reached.add(linkTransitions[state][event]);
      }
      grown = reached.size > size;
    }
    expect(linkStates.filter((state) => !reached.has(state))).toEqual([]);
  });

  test('an event that cannot come is a defect', () => {
    expect(() => nextState('following', 'torn')).toThrow(
      expect.objectContaining({ code: 'TR_INTERNAL', what: expect.stringContaining('torn') }),
    );
  });

  test('docs/architecture.md has the same table', () => {
    const page = readRepositoryFile('docs/architecture.md');
    const head = `| event | ${linkStates.join(' | ')} |`;
    expect(page).toContain(head);
    const rows = linkEvents.map((event) => {
      const cells = linkStates.map((state) => {
        const next = linkTransitions[state][event];
        return next === 'never' ? ' ' : next === 'stays' ? ' · ' : ` ${next} `;
      });
      return `| \`${event}\` |${cells.join('|')}|`;
    });
    expect(page).toContain(rows.join('\n'));
  });
});
