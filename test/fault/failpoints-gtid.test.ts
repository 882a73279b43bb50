import { describe } from '@jest/globals';
import { testFailpoints } from '../support/fault-failpoints.js';

describe('with GTIDs [P1]', () => testFailpoints({ seed: 20_260_715, without: ['after-intent'] }));
