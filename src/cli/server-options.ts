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
};
