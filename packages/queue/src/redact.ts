/** A text without the user information of the addresses in it, which may be a password. */
export function redact(text: string): string {
  // Up to the last @ before the path: a password that somebody forgot to escape may hold one too.
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, '$1***@');
}
