import { FileError, InvalidInputError } from '@mikt/core';

/** Columns of numbers by name, all of one length; NaN where a cell is empty. */
export type Columns = Readonly<Record<string, Float64Array>>;

export interface Episodes {
  /** Environment steps of the run when each episode ended, [episodes]. */
  readonly steps: Float64Array;
  /** Undiscounted, unscaled sum of rewards, [episodes]. */
  readonly return: Float64Array;
  /** Environment steps, [episodes]. */
  readonly length: Float64Array;
}

export const EPISODE_COLUMNS = ['steps', 'return', 'length'] as const;

/** What `formatCell` writes of a number. */
const NUMBER = /^-?(\d+(\.\d+)?(e[+-]\d+)?|Infinity)$/;

/** A table as written: numbers below their column's name, `undefined` for an empty cell. */
interface Table {
  readonly columns: readonly string[];
  /** Lines as they are in the file, without their end. */
  readonly lines: readonly string[];
  readonly rows: readonly Float64Array[];
}

/** A number so that reading gives the same one back, in as few digits as that takes; nothing for NaN. */
export function formatCell(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** One line with its end. */
export function formatRow(values: readonly (number | undefined)[]): string {
  return `${values.map(formatCell).join(',')}\n`;
}

/** The first line of a table, with its end. @throws InvalidInputError for a name that a CSV file cannot hold */
export function formatHeader(columns: readonly string[]): string {
  for (const name of columns) {
    if (!isColumnName(name)) {
      throw new InvalidInputError(
        `a column's name is letters, digits, "_", "-", "." and "/", got ${JSON.stringify(name)}.`,
      );
    }
  }
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw new InvalidInputError(`the column "${repeated}" is there twice.`);
  return `${columns.join(',')}\n`;
}

/**
 * The columns of a metrics.csv. A last line without its end is a row that was being written: it is left out.
 * @param path names the file in errors
 * @throws FileError naming the line that is not as written
 */
export function parseMetrics(text: string, path = 'metrics.csv'): Columns {
  const { columns, rows } = parseTable(text, path);
  return Object.fromEntries(
    columns.map((name, column) => [name, Float64Array.from(rows, (row) => row[column]!)]),
  );
}

/** The episodes of an episodes.csv, in the order they ended. Errors as for `parseMetrics`. */
export function parseEpisodes(text: string, path = 'episodes.csv'): Episodes {
  const { columns, rows } = parseTable(text, path);
  if (columns.length > 0 && columns.join() !== EPISODE_COLUMNS.join()) {
    throw new FileError(path, `its columns are ${columns.join()}, not ${EPISODE_COLUMNS.join()}.`);
  }
  const column = (index: number) => Float64Array.from(rows, (row) => row[index]!);
  return { steps: column(0), return: column(1), length: column(2) };
}

/**
 * The table without the rows whose `steps` are beyond `lastSteps`, and without a torn last line.
 * @returns its columns, its text, and how many whole rows were cut
 */
export function cutTable(
  text: string,
  lastSteps: number,
  path: string,
): { columns: readonly string[]; text: string; rowsCut: number } {
  const { columns, lines, rows } = parseTable(text, path);
  const steps = columns.indexOf('steps');
  if (steps < 0) throw new FileError(path, 'has no column "steps"; the file is damaged.');
  const kept = lines.filter((_, index) => rows[index]![steps]! <= lastSteps);
  return {
    columns,
    text: [columns.join(','), ...kept, ''].join('\n'),
    rowsCut: lines.length - kept.length,
  };
}

/**
 * The lines of a damaged table that are still rows of these columns, up to `lastSteps` and in the order of their steps.
 * A line whose damage left numbers behind is not told from a whole one.
 */
export function salvageRows(text: string, columns: readonly string[], lastSteps: number): string[] {
  const steps = columns.indexOf('steps');
  let before = 0;
  return text.split('\n').filter((line) => {
    const cells = line.split(',');
    if (cells.length !== columns.length || !cells.every((cell) => cell === '' || NUMBER.test(cell)))
      return false;
    const at = cells[steps] === '' ? Number.NaN : Number(cells[steps]);
    if (!(at >= before && at <= lastSteps)) return false;
    before = at;
    return true;
  });
}

function parseTable(text: string, path: string): Table {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [header = '', ...lines] = whole.split('\n').slice(0, -1);
  if (whole === '') return { columns: [], lines: [], rows: [] };
  const columns = header.split(',');
  if (!columns.every(isColumnName) || new Set(columns).size !== columns.length) {
    throw new FileError(path, 'line 1 does not name the columns; the file is damaged.');
  }
  const rows = lines.map((line, index) => {
    const cells = line.split(',');
    if (cells.length !== columns.length) {
      throw new FileError(
        path,
        `line ${index + 2} has ${cells.length} cells for ${columns.length} columns; the file is damaged.`,
      );
    }
    return Float64Array.from(cells, (cell) => parseCell(cell, path, index + 2));
  });
  return { columns, lines, rows };
}

function parseCell(cell: string, path: string, line: number): number {
  if (cell === '') return Number.NaN;
  if (NUMBER.test(cell)) return Number(cell);
  throw new FileError(path, `line ${line} has ${JSON.stringify(cell)} for a number; the file is damaged.`);
}

function isColumnName(name: string): boolean {
  return /^[\w./-]+$/.test(name);
}
