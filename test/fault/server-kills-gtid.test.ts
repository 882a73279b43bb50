import { describe } from '@jest/globals';
import { testServerKills } from '../support/fault-server-kills.js';

describe('servers killed under a running link, with GTIDs [P1, T16]', () => testServerKills({}));
