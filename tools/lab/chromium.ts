import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unpackDebianProgram } from '../../src/lab/debian-program.js';
import { createLabFolder } from '../../src/lab/lab-folder.js';

/** A browser that a test may drive; how it is launched is up to the driver. */
export interface LabChromium {
  /** Where it came from, to be shown to a person. */
  readonly origin: string;
  readonly executable: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Holds what it writes; to be removed once it has ended. */
  readonly folder: string;
}

/** Nothing of it leaves this machine, and it keeps nothing. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Some packages keep libraries in a folder of their own. */
const libraryFoldersBelow = ['', 'pulseaudio'];

/**
 * Chromium without windows, from Debian's packages, with a font. Throws TR_LAB_NO_PROGRAM that says why if it cannot be had.
 *
 * It starts itself again for every page, and looks for its files beside the program that it runs as: that must be itself and not a
 * dynamic loader. So it runs with this machine's loader and libc, which are of the release that it was built for, and only what is
 * not installed here comes along.
 */
export async function prepareChromium(log: (line: string) => void): Promise<LabChromium> {
  const { origin, root, binary, libraryFolders } = await unpackDebianProgram({
    names: ['chromium-headless-shell', 'fonts-dejavu-core'],
    suite: 'own',
    extent: 'missing',
    program: 'usr/lib/chromium/chromium-headless-shell',
    log,
  });
  const folder = await createLabFolder();
  const fontSettings = path.join(folder, 'fonts.conf');
  await writeFile(fontSettings, fontSettingsText(path.join(root, 'usr/share/fonts'), folder));
  const libraries = libraryFolders.flatMap((one) =>
    libraryFoldersBelow.map((below) => path.join(one, below)).filter((at) => existsSync(at)),
  );
  return {
    origin,
    executable: binary,
    args,
    environment: {
      HOME: folder,
      PATH: process.env['PATH'] ?? '',
      LD_LIBRARY_PATH: libraries.join(':'),
      FONTCONFIG_FILE: fontSettings,
    },
    folder,
  };
}

/** A font that is installed here is as good. */
function fontSettingsText(fonts: string, folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>${fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${path.join(folder, 'fonts')}</cachedir>
</fontconfig>
`;
}
