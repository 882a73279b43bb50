import { describe } from '@jest/globals';
import { testRandomKills } from '../support/fault-random-kills.js';

describe('tailrace killed under load, with GTIDs [P1]', () => testRandomKills({ kills: 25 }));
