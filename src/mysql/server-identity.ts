import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/** What is used of mysql2's connection below its public interface. */
interface RawConnection {
  readonly config: { ssl: object };
  readonly stream: { getPeerCertificate?(): PeerCertificate; destroy(): void };
  startTLS(onSecure: (error?: Error) => void): void;
}

/**
 * Checks the server's certificate against an IP address, before the server is told who we are. The driver does that for names of hosts
 * only: a certificate that names localhost would pass for every address, and the right one would not.
 */
export function guardIdentity(raw: object, host: string): void {
  if (isIP(host) === 0) return;
  const connection = raw as RawConnection;
  // The driver takes TLS sessions up again by this object, and then the server shows no certificate.
  connection.config.ssl = { ...connection.config.ssl };
  const startTls = connection.startTLS.bind(connection);
  connection.startTLS = (onSecure) =>
    startTls((error) => {
      if (error !== undefined && error !== null) return onSecure(error);
      const mismatch = identityMismatch(connection, host);
      if (mismatch === undefined) onSecure();
      else onSecure(Object.assign(mismatch, { code: 'HANDSHAKE_SSL_ERROR' }));
    });
}

function identityMismatch({ stream }: RawConnection, host: string): Error | undefined {
  const certificate = stream.getPeerCertificate?.();
  // Nothing says who that is.
  if (certificate === undefined || Object.keys(certificate).length === 0)
    return new Error('the server showed no certificate');
  return checkServerIdentity(host, certificate);
}
