import * as z from 'zod';
import { describeValue, InvalidInputError, nearestName } from './errors.js';

/** A configuration schema: a strict zod object whose every key has a default and a description. */
export type ConfigSchema = z.ZodObject<z.ZodRawShape, z.core.$strict>;

/** One row of a configuration's documentation. */
export interface ConfigRow {
  readonly key: string;
  readonly default: unknown;
  readonly description: string;
}

/**
 * Checks `input` against `schema` and fills in defaults.
 * @throws InvalidInputError naming the key, what was got, what is allowed and, for an unknown key, the nearest one
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  input: unknown,
  what = 'configuration',
): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const sentences = result.error.issues.map((issue) => {
    const key = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys
        .map((name) => {
          const suggestion = nearestName(name, known);
          const list = known.length > 0 ? ` Known keys: ${known.join(', ')}.` : '';
          return `unknown key "${name}"${suggestion ? `; did you mean "${suggestion}"?` : '.'}${list}`;
        })
        .join(' ');
    }
    return `${key ? `${key}: ` : ''}${lowerFirst(issue.message)}, got ${describeValue(valueAt(input, issue.path))}.`;
  });
  throw new InvalidInputError(`${what}: ${sentences.join(' ')}`);
}

/**
 * Turns `key=value` words (the command line's `--set`) into an object.
 * Values are JSON where they parse as JSON, numbers in any notation of `parseNumber`, text otherwise.
 */
export function parseAssignments(words: readonly string[]): Record<string, unknown> {
  const assignments = words.map((word): [string, unknown] => {
    const at = word.indexOf('=');
    if (at < 1) throw new InvalidInputError(`--set takes key=value, got "${word}".`);
    return [word.slice(0, at).trim(), parseValue(word.slice(at + 1).trim())];
  });
  // Not by assignment, which would swallow the key "__proto__".
  return Object.fromEntries(assignments);
}

/** A number as people write it: `2e6`, `2_000_000`, `0.5`. Undefined where the text is not a number. */
export function parseNumber(text: string): number | undefined {
  const plain = /^[+-]?\d+(_\d+)*$/.test(text) ? text.replaceAll('_', '') : text;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined;
  return Number(plain);
}

/** The rows of a configuration's table: every key with its default and what it means. */
export function describeConfig(schema: z.ZodObject): ConfigRow[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const parsed = (field as z.ZodType).safeParse(undefined);
    return {
      key,
      default: parsed.success ? parsed.data : undefined,
      description: (field as z.ZodType).description ?? '',
    };
  });
}

function parseValue(text: string): unknown {
  const number = parseNumber(text);
  if (number !== undefined) return number;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
