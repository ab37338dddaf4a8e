/** Two spaces keep columns apart. */
export const GAP = 2;

export interface TextColumn {
  readonly title: string;
  readonly cells: readonly string[];
  /** Numbers stand at the right. */
  readonly alignRight?: boolean;
}

/** Columns beside each other, each as wide as its widest cell, with titles where there are any. Lines without an end. */
export function layOut(columns: readonly TextColumn[]): string[] {
  const rows = Math.max(0, ...columns.map(({ cells }) => cells.length));
  const hasTitles = columns.some(({ title }) => title !== '');
  const lines = hasTitles ? [-1] : [];
  return [...lines, ...Array.from({ length: rows }, (_, row) => row)].map((row) =>
    columns
      .map(({ title, cells, alignRight }) => {
        const text = row < 0 ? title : cells[row]!;
        const width = widthOf({ title, cells });
        return alignRight ? text.padStart(width) : text.padEnd(width);
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Characters that columns take beside each other. */
export function totalWidth(columns: readonly TextColumn[]): number {
  return columns.reduce((sum, column) => sum + widthOf(column) + GAP, -GAP);
}

function widthOf({ title, cells }: Pick<TextColumn, 'title' | 'cells'>): number {
  return Math.max(title.length, ...cells.map((cell) => cell.length));
}

/** Text of at most `width` characters; what is too long loses its end or, as of paths, its beginning. */
export function shorten(text: string, width: number, end: 'end' | 'beginning' = 'end'): string {
  if (text.length <= width) return text;
  return end === 'end' ? `${text.slice(0, width - 1)}…` : `…${text.slice(text.length - width + 1)}`;
}

/** A sentence in lines of at most `width` characters, the second and later ones set in. A word that is longer is cut. */
export function wrapWords(sentence: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of sentence.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) {
      line = longer;
    } else {
      if (line !== '') lines.push(line);
      line = shorten(`  ${word}`, width, 'beginning');
    }
  }
  return [...lines, line];
}

/** Steps in few characters: 2,000,896 as `2M`, 20,480 as `20.5k`. */
export function shortCount(value: number): string {
  return compact.format(value).replace('K', 'k');
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** A return with one decimal, a dash where there is none. */
export function formatReturn(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '-' : oneDecimal.format(value);
}

const oneDecimal = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  // Without a sign on what rounds to zero.
  signDisplay: 'negative',
});
