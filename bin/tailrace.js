#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

// A reader that has seen enough (`tailrace check … | head`) is no failure of ours.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2));

// By now nothing is left to do. A connection that a vanished server never closes must not keep the process alive.
setTimeout(() => process.exit(), 2_000).unref();
