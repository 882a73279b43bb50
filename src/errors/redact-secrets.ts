/**
 * Takes the passwords out of a text that others wrote, such as a stack trace: every `user:password@` of a URL, and every
 * `password` given. Used where a text goes out whose origin is not known.
 */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(/(\w+:\/\/[^\s:/@]*):[^\s/]*@/g, '$1:***@');
  for (const secret of secrets) {
    // Shorter ones would tear ordinary words apart and protect nothing.
    if (secret.length >= 4) clean = clean.replaceAll(secret, '***');
  }
  return clean;
}
