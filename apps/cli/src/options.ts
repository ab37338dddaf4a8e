import { InvalidInputError, parseNumber } from '@mikt/core';
import { InvalidArgumentError } from 'commander';

/** A whole number as people write it (`2e6`, `2_000_000`), at least `minimum`. For commander's options. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value === undefined || !Number.isSafeInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`It takes a whole number from ${minimum}, such as 2e6 or 2_000_000.`);
    }
    return value;
  };
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Writes a result to standard output, as JSON that scripts can read. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes a line to standard error, where progress goes. */
export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Rows as columns, each as wide as its widest cell; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)),
  );
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          typeof rows[0]?.[column] === 'number'
            ? cell.padStart(widths[column]!)
            : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** With thousands separators and at most `digits` decimals. */
export function formatNumber(value: number, digits = 1): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** @throws InvalidInputError naming the option where the same key is given two values */
export function mergeWithoutConflict(
  options: Readonly<Record<string, unknown>>,
  assignments: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const [key, value] of Object.entries(assignments)) {
    if (options[key] !== undefined && options[key] !== value) {
      const option = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new InvalidInputError(
        `--set ${key}=${String(value)} contradicts --${option} ${String(options[key])}; give one of them.`,
      );
    }
  }
  return { ...options, ...assignments };
}
