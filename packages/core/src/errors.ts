import { closest, distance } from 'fastest-levenshtein';

/** Characters of a message at most: what was got may be a whole file. */
const LONGEST_MESSAGE = 2000;

/** What every error of mikt is. `message` is one sentence for a person; `code` is stable, for programs. */
export class MiktError extends Error {
  /** Stable identifier, e.g. `unknown-name`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(shorten(message), options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A flag, key, value or name given by the caller is wrong. The command line exits with status 2. */
export class InvalidInputError extends MiktError {
  constructor(message: string, options?: ErrorOptions & { code?: string }) {
    super(options?.code ?? 'invalid-input', message, options);
  }
}

/** A name that nothing answers to; the sentence lists what exists and suggests the nearest match. */
export class UnknownNameError extends InvalidInputError {
  /**
   * @param kind what was looked for, e.g. `environment`
   * @param name what was given
   * @param known the names that exist
   * @param hint how names that are not listed may look
   */
  constructor(kind: string, name: string, known: readonly string[], hint = '') {
    const suggestion = nearestName(name, known);
    super(
      `unknown ${kind} "${name}"${suggestion ? `; did you mean "${suggestion}"?` : '.'} ` +
        `Known: ${known.join(', ')}${hint ? ` (${hint})` : ''}.`,
      { code: 'unknown-name' },
    );
  }
}

/** A file is missing, unreadable, damaged, or of a version this code does not read. Exit status 1. */
export class FileError extends MiktError {
  readonly path: string;

  /** @param problem completes the sentence `<path>: <problem>`. */
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super('file', `${path}: ${problem}`, options);
    this.path = path;
  }
}

/** A run could not go on, e.g. because a loss is not finite. Exit status 1. */
export class RunError extends MiktError {
  constructor(message: string, options?: ErrorOptions) {
    super('run', message, options);
  }
}

/** The known name nearest to `name`, or undefined where none is near enough to be what was meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = new Map(known.map((candidate) => [candidate.toLowerCase(), candidate]));
  const nearest = closest(name.toLowerCase(), [...lower.keys()]);
  const limit = Math.max(2, Math.floor(name.length / 3));
  return distance(name.toLowerCase(), nearest) <= limit ? lower.get(nearest) : undefined;
}

/** A value as an error shows it: JSON, whatever the value is. */
export function describeValue(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'a list that cannot be shown' : 'a value that cannot be shown';
  }
}

/** Leaves out the middle: a sentence ends with what to do. */
function shorten(text: string): string {
  if (text.length <= LONGEST_MESSAGE) return text;
  const half = LONGEST_MESSAGE / 2;
  return `${text.slice(0, half)} […] ${text.slice(-half)}`;
}
