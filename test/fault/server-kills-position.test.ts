import { describe } from '@jest/globals';
import { testServerKills } from '../support/fault-server-kills.js';

describe('servers killed under a running link, by file and position [P1]', () =>
  testServerKills({ gtid: false }));
