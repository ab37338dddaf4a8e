import { METHODS, metricColumns, resolveConfig, type Teacher } from '@mikt/algos';

/** A row of the table of docs/metrics.md. */
export interface MetricRow {
  readonly column: string;
  readonly unit: string;
  readonly meaning: string;
  /** Methods that have this column. */
  readonly methods: readonly string[];
}

/** The rows of the page's table, in order. */
export function readMetrics(page: string): MetricRow[] {
  const rows = [...page.matchAll(/^\| `([^`]+)` \|([^|]*)\| (.+) \| ([\w, ]+) \|$/gm)];
  return rows.map(([, column, unit, meaning, methods]) => ({
    column: column!,
    unit: unit!.trim(),
    meaning: meaning!,
    methods: methods === 'all' ? Object.keys(METHODS) : methods!.split(', '),
  }));
}

/** The table of a method's columns for its page in docs/algorithms, those of another method left out. */
export function metricsTable(
  rows: readonly MetricRow[],
  method: string,
  without: string | undefined,
): string {
  const own = rows.filter(
    ({ methods }) => methods.includes(method) && !(without !== undefined && methods.includes(without)),
  );
  // Links lead on from a folder below the page's.
  const lines = own.map(
    ({ column, unit, meaning }) =>
      `| \`${column}\` | ${unit} | ${meaning.replaceAll(/\]\((?!\w+:)/g, '](../')} |`,
  );
  return ['| Column | Unit | Meaning |', '| --- | --- | --- |', ...lines].join('\n');
}

const hidden = { policyHidden: [64, 64], valueHidden: [64, 64] };

function teacher(env: string): Teacher {
  return {
    source: env,
    env,
    fingerprint: env,
    sizes: { observation: 3, action: 2, ...hidden },
    parameters: {},
    observationScale: 1,
  };
}

/** Every column that a method can have, over its settings and numbers of teachers, as the page's table names it. */
export function columnsOf(method: string): Set<string> {
  const config = resolveConfig({ env: 'Hopper', algo: method, entropyCoefficient: 0.01 });
  const columns =
    METHODS[method]!.teachers === 'none'
      ? [metricColumns(config, [])]
      : [
          metricColumns(config, [teacher('A')]),
          ...(METHODS[method]!.teachers === 'several'
            ? [metricColumns(config, [teacher('A'), teacher('B')])]
            : []),
        ];
  return new Set(
    columns
      .flat()
      .map((column) =>
        column.replace(/\/[AB]$/, '/<teacher>').replace(/^mixing\/\w+\/\d+/, 'mixing/<network>/<layer>'),
      ),
  );
}
