/** What went wrong, as a sentence that stands alone: mikt's own begin in small letters, behind a name or "mikt:". */
export function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
