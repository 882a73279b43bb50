import { describe } from '@jest/globals';
import { testFailpoints } from '../support/fault-failpoints.js';

describe('by file and position, from a source that does not log what foreign keys do [P1]', () =>
  testFailpoints({
    seed: 20_260_716,
    gtid: false,
    sourceSettings: { 'loose-innodb-native-foreign-keys': 'ON' },
    without: ['after-adoption'],
  }));
