import { describe } from '@jest/globals';
import { testMixedFaults } from '../support/fault-mixed.js';

describe('statements among row changes, by file and position [P1]', () => testMixedFaults({ gtid: false }));
