import { describe } from '@jest/globals';
import { testMixedFaults } from '../support/fault-mixed.js';

describe('statements among row changes, with GTIDs [P1]', () => testMixedFaults());
