import { describe } from '@jest/globals';
import { testRandomKills } from '../support/fault-random-kills.js';

describe('tailrace killed under load, by file and position [P1]', () =>
  testRandomKills({
    kills: 25,
    gtid: false,
    sourceSettings: { 'loose-innodb-native-foreign-keys': 'ON' },
  }));
