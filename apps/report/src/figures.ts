import type { Curve } from '@mikt/eval';
import { drawFigure, type Figure } from './figure.js';
import { formatCount, formatReturn, plural, slug } from './format.js';
import { lineChart, type Series } from './line-chart.js';
import type { Method, ReportedRun } from './methods.js';
import { distinctChanges } from './phases.js';

/** A value to compare a return with, e.g. what doing nothing earns. */
export interface Reference {
  readonly label: string;
  readonly value: number;
}

/** Gives a figure an id like the one wanted that no other figure has. */
export type TakeId = (wanted: string) => string;

/** What the vertical rules of `distinctChanges` are. */
export const PHASES_TEXT =
  'Vertical lines: where the coupling loss sets in, and the hand-over, from which the student acts without its teacher.';

/** The learning curves of one environment's methods (`return_100`); undefined before the first episode has ended. */
export async function learningCurves(
  takeId: TakeId,
  env: string,
  methods: readonly Method[],
  references: readonly Reference[],
): Promise<Figure | undefined> {
  const series = methods
    .map(
      (method): Series => ({
        label: `${method.label} (${plural(method.counted.length, 'seed')})`,
        style: method.style,
        curves: method.counted.map((run) => curveOf(run, 'return_100')),
      }),
    )
    .filter(hasValues);
  if (series.length === 0) return undefined;
  const changes = distinctChanges(methods.flatMap(({ counted }) => counted));
  const severalSeeds = methods.some(({ counted }) => counted.length > 1);
  const statistic = severalSeeds ? ['line: mean over seeds, band: ± 1 standard deviation'] : [];
  const ends = methods.flatMap(({ label, counted }) =>
    counted.map(
      (run) =>
        `${label}, seed ${run.manifest.seed}: ${formatReturn(run.finalReturn)} after ${formatCount(run.stepsDone)} steps`,
    ),
  );
  const chart = {
    title: `Learning curves on ${env}`,
    yTitle: 'return (sum of rewards per episode)',
    series,
    references,
    changes,
  };
  return drawFigure(
    {
      id: takeId(`learning-curves-${slug(env)}`),
      title: chart.title,
      description:
        `Return, as the mean of the last 100 episodes, over environment steps. ${ends.join('; ')}.` +
        references.map(({ label, value }) => ` For comparison, ${label}: ${formatReturn(value)}.`).join(''),
      caption: [
        `Return on ${env} over environment steps: raw rewards, mean of the last 100 episodes that had ended by then.`,
        severalSeeds ? 'Bands are one sample standard deviation (divisor n − 1) over seeds.' : '',
        severalSeeds && methods.some(({ counted }) => counted.some((run) => !run.finished))
          ? 'Beyond the point that an unfinished run has come to, the other seeds go on without it.'
          : '',
        changes.length > 0 ? `${PHASES_TEXT} The hand-over clears the window of 100 episodes.` : '',
      ]
        .filter(Boolean)
        .join(' '),
    },
    (layout) =>
      lineChart(
        {
          ...chart,
          subtitle: layout.isNarrow
            ? [
                'mean of the last 100 episodes',
                ...(severalSeeds ? ['line: mean over seeds,', 'band: ± 1 standard deviation'] : []),
              ]
            : [['mean of the last 100 episodes', ...statistic].join('; ')],
        },
        layout,
      ),
  );
}

/** A run's column as a curve; empty where it has none. */
export function curveOf(run: ReportedRun, column: string): Curve {
  const values = run.metrics[column];
  return values === undefined ? { steps: [], values: [] } : { steps: run.metrics.steps ?? [], values };
}

/** Whether a series has anything to draw. */
export function hasValues({ curves }: Series): boolean {
  return curves.some(({ values }) => Array.from(values).some((value) => !Number.isNaN(value)));
}
