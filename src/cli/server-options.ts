import { textOption } from './text-option.js';

export const serversGroup = 'Servers:';

/** The options that say which two servers a command is about. */
export const serverOptions = {
  source: textOption('source, as mysql://user:password@host:port; or TAILRACE_SOURCE_URL', serversGroup),
  replica: textOption('replica; or TAILRACE_REPLICA_URL', serversGroup),
  'source-password-file': textOption(
    'file with the password of the source; or TAILRACE_SOURCE_PASSWORD',
    serversGroup,
  ),
  'replica-password-file': textOption(
    'file with the password of the replica; or TAILRACE_REPLICA_PASSWORD',
    serversGroup,
  ),
  ...tlsFileOptions('source'),
  ...tlsFileOptions('replica'),
};

function tlsFileOptions(server: string): Readonly<Record<string, ReturnType<typeof textOption>>> {
  return {
    [`${server}-tls-ca-file`]: textOption(
      `authorities that the ${server}'s tls=verify trusts, in PEM`,
      serversGroup,
    ),
    [`${server}-tls-certificate-file`]: textOption(
      `certificate that is shown to the ${server}, in PEM`,
      serversGroup,
    ),
    [`${server}-tls-key-file`]: textOption('its key', serversGroup),
  };
}
