import { describe } from '@jest/globals';
import { testXaFaults } from '../support/fault-xa.js';

describe('trap 12: XA with GTIDs [P1, T12]', () => testXaFaults());
