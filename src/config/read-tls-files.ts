import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { TlsTexts } from '../server/server-settings.js';

export interface TlsFiles {
  readonly certificate_file: string;
  readonly key_file: string;
}

/** A chain with a root and a few in between is a few KiB. */
const fileBytesMax = 1024 * 1024;

/**
 * The texts of a certificate and its key; null when `report` was told why they cannot be used, by the name of the setting. No message
 * holds a piece of either file.
 */
export function readTlsFiles(
  files: TlsFiles,
  folder: string,
  report: (setting: keyof TlsFiles, message: string) => void,
): TlsTexts | null {
  const read = (setting: keyof TlsFiles): string | null => {
    try {
      const text = readFileSync(resolve(folder, files[setting]), 'utf8');
      if (text.length <= fileBytesMax) return text;
      report(setting, 'that file is larger than 1 MiB');
    } catch (error) {
      report(setting, `that file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
    return null;
  };
  const certificate = read('certificate_file');
  const key = read('key_file');
  const parsed = certificate === null ? null : parseCertificate(certificate);
  const parsedKey = key === null ? null : parseKey(key);
  if (certificate !== null && parsed === null) report('certificate_file', 'holds no certificate in PEM');
  if (key !== null && parsedKey === null)
    report(
      'key_file',
      isProtected(key) ? 'is protected by a passphrase; give it without' : 'holds no private key in PEM',
    );
  if (certificate === null || key === null || parsed === null || parsedKey === null) return null;
  if (!parsed.checkPrivateKey(parsedKey)) {
    report('key_file', 'is not the key of the certificate, which must be the first one in its file');
    return null;
  }
  try {
    // What vouches for the certificate is read here as well.
    createSecureContext({ cert: certificate, key });
  } catch (error) {
    report(
      'certificate_file',
      `cannot be used for TLS (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
    return null;
  }
  return { certificate, key };
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return pem.includes('-----BEGIN') ? new X509Certificate(pem) : null;
  } catch {
    return null;
  }
}

function parseKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function isProtected(pem: string): boolean {
  return /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem);
}
