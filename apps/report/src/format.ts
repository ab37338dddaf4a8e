const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  // Without a sign on what rounds to zero.
  signDisplay: 'negative',
});

/** What stands in the place of a number that is not there. */
export const MISSING = '–';

/** 500000 as `500,000`. */
export function formatCount(value: number): string {
  return wholeNumber.format(value).replace('-', '−');
}

/** A return with one decimal: `1,085.0`; a dash where there is none. */
export function formatReturn(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? MISSING : oneDecimal.format(value).replace('-', '−');
}

/** A difference with its sign: `+308.2`, `−51.0`; a dash where there is none. */
export function formatSigned(value: number | undefined, digits = 1): string {
  if (value === undefined || Number.isNaN(value)) return MISSING;
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const isZero = Number(Math.abs(value).toFixed(digits)) === 0;
  return isZero ? text : `${value < 0 ? '−' : '+'}${text}`;
}

/** `2 h 05 min`, `3 min 07 s` or `8.3 s`. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined || Number.isNaN(seconds)) return MISSING;
  if (seconds < 60) return `${oneDecimal.format(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${formatCount(Math.floor(whole / 3600))} h ${two((whole % 3600) / 60)} min`;
}

/** `1 seed`, `3 seeds`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** An argument vector as one line that a POSIX shell takes apart again in the same way. */
export function shellCommand(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** Text so that HTML and SVG, inside and outside of attributes, show it as it is. */
export function escapeText(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  // Control characters have no place in XML, not even escaped.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return printable.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text as part of a file name or an identifier: lower case, digits and hyphens. */
export function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 80)
      .replace(/^-|-$/g, '') || 'unnamed'
  );
}
