import { rm } from 'node:fs/promises';
import { afterAll } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { prepareChromium } from '../../tools/lab/chromium.js';

/** A page, and what it did that somebody may have to be told. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses of all requests, in order. */
  readonly requests: readonly string[];
  /** What the browser's console says of errors, uncaught exceptions and violations of the page's policy; emptied by who expects some. */
  readonly complaints: string[];
  /** Dialogs that a script has opened. */
  readonly dialogs: readonly string[];
}

/**
 * A real Chromium that the tests of one file share, started by the first call of the function that is given back; each call opens a page
 * of its own, with no memory of the others. Throws TR_LAB_NO_PROGRAM where no Chromium can be had.
 */
export function useBrowser(): (options?: BrowserContextOptions) => Promise<WatchedPage> {
  let started: Promise<Browser> | null = null;
  let folder: string | null = null;
  const start = async (): Promise<Browser> => {
    const found = await prepareChromium((line) => void process.stderr.write(`${line}\n`));
    folder = found.folder;
    return chromium.launch({
      executablePath: found.executable,
      args: [...found.args],
      env: { ...found.environment },
    });
  };
  afterAll(async () => {
    const browser = await started?.catch(() => null);
    await browser?.close();
    if (folder !== null) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return async (options = {}) => {
    const browser = await (started ??= start());
    const page = await (await browser.newContext(options)).newPage();
    return watch(page);
  };
}

function watch(page: Page): WatchedPage {
  const [requests, complaints, dialogs]: string[][] = [[], [], []];
  page.on('request', (request) => requests!.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints!.push(message.text());
  });
  page.on('pageerror', (error) => complaints!.push(error.message));
  page.on('dialog', (dialog) => {
    dialogs!.push(dialog.message());
    void dialog.dismiss();
  });
  return { page, requests: requests!, complaints: complaints!, dialogs: dialogs! };
}
