import { describe } from '@jest/globals';
import { testXaFaults } from '../support/fault-xa.js';

describe('trap 12: XA by file and position, compressed [P1, T12]', () =>
  testXaFaults({ gtid: false, sourceSettings: { 'binlog-transaction-compression': 'ON' } }));
