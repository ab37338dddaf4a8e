import type { Curve } from '@mikt/eval';
import { drawFigure, type Figure } from './figure.js';
import { curveOf, hasValues, PHASES_TEXT, type TakeId } from './figures.js';
import { listOf, plural, slug } from './format.js';
import { lineChart, type Series } from './line-chart.js';
import { COLOURS, type Method, type SeriesStyle } from './methods.js';
import { distinctChanges, type PhaseChange } from './phases.js';

const NETWORK_COLOURS = [COLOURS.sky, COLOURS.purple, COLOURS.orange, COLOURS.green];
const LAYER_DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [7, 3, 2, 3]];

/** A transfer's mixing weights per network and layer (paper, Equation 2); undefined where the runs have none. */
export async function mixingWeights(takeId: TakeId, method: Method): Promise<Figure | undefined> {
  const { env, label, counted } = method;
  const columns = mixingColumns(method).filter(({ teacher }) => teacher === undefined);
  const networks = [...new Set(columns.map(({ network }) => network))];
  const layers = [...new Set(columns.map(({ layer }) => layer))];
  const series = columns
    .map(({ column, network, layer }): Series => {
      const style: SeriesStyle = {
        colour: NETWORK_COLOURS[networks.indexOf(network) % NETWORK_COLOURS.length]!,
        dash: LAYER_DASHES[layers.indexOf(layer) % LAYER_DASHES.length]!,
      };
      return {
        label: `${network}, layer ${layer}`,
        style,
        curves: counted.map((run) => curveOf(run, column)),
      };
    })
    .filter(hasValues);
  return weightsFigure(takeId, method, series, {
    id: 'mixing-weights',
    title: `Mixing weights of ${label} on ${env}`,
    narrowTitle: `Mixing weights on ${env}`,
    yTitle: 'weight p on the student',
    description: 'Weight on the student from 0, teacher only, to 1, student only',
    caption: [
      'How much of each hidden layer is the student’s own: 0 is the teacher alone, 1 the student alone.',
      'Low weights are no sign of a useful teacher by themselves.',
    ],
  });
}

/** How much each of several teachers is heard, a line per teacher and network; undefined where there is only one. */
export async function teacherWeights(takeId: TakeId, method: Method): Promise<Figure | undefined> {
  const { env, label, counted } = method;
  const columns = mixingColumns(method).filter(({ teacher }) => teacher !== undefined);
  const teachers = [...new Set(columns.map(({ teacher }) => teacher!))];
  const networks = [...new Set(columns.map(({ network }) => network))];
  const series = teachers
    .flatMap((teacher, k) =>
      networks.map((network, n): Series => {
        const own = columns.filter((column) => column.teacher === teacher && column.network === network);
        return {
          label: `${teacher}, ${network}`,
          style: {
            colour: NETWORK_COLOURS[k % NETWORK_COLOURS.length]!,
            dash: LAYER_DASHES[n % LAYER_DASHES.length]!,
          },
          curves: counted.map((run) => meanCurve(own.map(({ column }) => curveOf(run, column)))),
        };
      }),
    )
    .filter(hasValues);
  return weightsFigure(takeId, method, series, {
    id: 'teacher-weights',
    title: `Weights on the teachers of ${label} on ${env}`,
    narrowTitle: `Teachers' weights on ${env}`,
    yTitle: 'weight on the teacher, mean over layers',
    description: 'Weight on each teacher from 0 to 1, the mean over the layers that it feeds',
    caption: ['How much each teacher is heard. What is left to 1 is the student’s own.'],
  });
}

/** The columns of mixing weights that any of a method's runs has; `teacher` where it is the weight on one. */
function mixingColumns({ counted }: Method) {
  return [...new Set(counted.flatMap((run) => Object.keys(run.metrics)))]
    .map((column) => /^mixing\/([^/]+)\/(\d+)(?:\/(.+))?$/.exec(column))
    .filter((match) => match !== null)
    .map(([column, network, layer, teacher]) => ({ column, network: network!, layer: layer!, teacher }));
}

/** Entry by entry, of curves over the same steps. */
function meanCurve(curves: readonly Curve[]): Curve {
  const [first] = curves;
  if (first === undefined) return { steps: [], values: [] };
  const values = Array.from(first.values, (_, i) =>
    curves.reduce((sum, curve) => sum + curve.values[i]! / curves.length, 0),
  );
  return { steps: first.steps, values };
}

interface WeightsText {
  readonly id: string;
  readonly title: string;
  readonly narrowTitle: string;
  readonly yTitle: string;
  readonly description: string;
  readonly caption: readonly string[];
}

async function weightsFigure(
  takeId: TakeId,
  { env, label, counted }: Method,
  series: readonly Series[],
  { id, title, narrowTitle, yTitle, description, caption }: WeightsText,
): Promise<Figure | undefined> {
  if (series.length === 0) return undefined;
  const seeds = plural(counted.length, 'seed');
  const band = counted.length > 1 ? ['line: mean, band: ± 1 standard deviation'] : [];
  const changes: readonly PhaseChange[] = distinctChanges(counted);
  const chart = { title, yTitle, yDomain: [0, 1] as const, series, references: [], changes };
  return drawFigure(
    {
      id: takeId(`${id}-${slug(env)}-${slug(label)}`),
      title,
      description: `${description}, over environment steps, for ${listOf(series.map((line) => line.label))}.`,
      caption: [...caption, ...(changes.length > 0 ? [PHASES_TEXT] : [])].join(' '),
    },
    (layout) =>
      lineChart(
        {
          ...chart,
          title: layout.isNarrow ? narrowTitle : title,
          subtitle: layout.isNarrow ? [label, seeds, ...band] : [[seeds, ...band].join('; ')],
        },
        layout,
      ),
  );
}
