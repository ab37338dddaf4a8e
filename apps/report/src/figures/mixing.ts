import type { Curve } from '@mikt/eval';
import { listOf, slug } from '../format.js';
import type { Method } from '../methods.js';
import { findMixingColumns, type MixingColumn, weightStyle } from '../mixing-columns.js';
import { distinct, type Pair } from '../pairs.js';
import { commonChanges, distinctChanges } from '../phases.js';
import {
  bandText,
  type CurveGroup,
  columnCurve,
  gridOf,
  linesCsv,
  meanLines,
  PHASES_TEXT,
  seedNotes,
} from './curves.js';
import type { FigurePlan } from './figure.js';
import { byTeacher, teacherGroups } from './learning-curves.js';
import type { LegendEntry, LinePanel } from './line-panel.js';

const LOW_WEIGHTS = 'Low weights are no sign of a useful teacher by themselves.';

/** A panel's groups of curves, and the method that they are of. */
interface WeightsPanel {
  readonly title: string;
  readonly yTitle: string;
  readonly methods: readonly Method[];
  /** What a method is called where there are several. */
  nameOf?(method: Method): string;
  readonly groups: readonly CurveGroup[];
}

/** Mixing weights per network and layer (paper, Equation 2), a panel for each of a pair's methods that has some. */
export function mixingWeights(pair: Pair): FigurePlan | undefined {
  const panels = pair.methods.map((method): WeightsPanel => {
    const columns = mixingColumns(method).filter(({ teacher }) => teacher === undefined);
    const networks = distinct(columns.map(({ network }) => network));
    const layers = distinct(columns.map(({ layer }) => layer));
    return {
      title: method.label,
      yTitle: 'weight p on the student',
      methods: [method],
      groups: columns.map(({ column, network, layer }) => ({
        label: `${network}, layer ${layer}`,
        style: weightStyle(networks.indexOf(network), layers.indexOf(layer)),
        curves: method.counted.map((run) => columnCurve(run, column)),
      })),
    };
  });
  return weightsFigure(panels, {
    id: `mixing-weights-${slug(pair.title)}`,
    title: (only) => `Mixing weights${only ? ` of ${only}` : ''}: ${pair.title}`,
    description: 'Weight on the student from 0, teacher only, to 1, student only, over environment steps.',
    caption: [
      'How much of each hidden layer is the student’s own: 0 is the teacher alone, 1 the student alone.',
      LOW_WEIGHTS,
    ],
  });
}

/** How much each of several teachers is heard, a panel for each of a pair's methods that has several. */
export function teacherWeights(pair: Pair): FigurePlan | undefined {
  const panels = pair.methods.map((method): WeightsPanel => {
    const columns = mixingColumns(method).filter(({ teacher }) => teacher !== undefined);
    const teachers = distinct(columns.map(({ teacher }) => teacher!));
    const networks = distinct(columns.map(({ network }) => network));
    return {
      title: method.label,
      yTitle: 'mean weight on the teacher',
      methods: [method],
      groups: teachers.flatMap((teacher, k) =>
        networks.map((network, n) => {
          const own = columns.filter((column) => column.teacher === teacher && column.network === network);
          return {
            label: `${teacher}, ${network}`,
            style: weightStyle(k, n),
            curves: method.counted.map((run) => meanCurve(own.map(({ column }) => columnCurve(run, column)))),
          };
        }),
      ),
    };
  });
  return weightsFigure(panels, {
    id: `teacher-weights-${slug(pair.title)}`,
    title: (only) => `Weights on the teachers${only ? ` of ${only}` : ''}: ${pair.title}`,
    description:
      'Weight on each teacher from 0 to 1, the mean over the layers that it feeds, over environment steps.',
    caption: ['How much each teacher is heard. What is left to 1 is the student’s own.'],
  });
}

/** Weight on the student with different teachers on one robot (the paper's Figure 5b), a panel for each network. */
export function weightsByTeacher(pairs: readonly Pair[]): FigurePlan[] {
  return teacherGroups(pairs).flatMap(({ env, label, methods }) => {
    const named = methods.map(byTeacher(methods));
    const networks = distinct(methods.flatMap(mixingColumns).map(({ network }) => network));
    const panels = networks.map(
      (network): WeightsPanel => ({
        title: `${network} network`,
        yTitle: 'mean weight p on the student',
        methods,
        nameOf: (method) => named.find((each) => each.method === method)!.label,
        groups: named.map(({ method, label, style }) => {
          const own = mixingColumns(method).filter(
            (column) => column.network === network && column.teacher === undefined,
          );
          return {
            label,
            style,
            curves: method.counted.map((run) => meanCurve(own.map(({ column }) => columnCurve(run, column)))),
          };
        }),
      }),
    );
    const plan = weightsFigure(panels, {
      id: `weights-by-teacher-${slug(label)}-${slug(env)}`,
      title: () => `Weight on the student by teacher: ${label} on ${env}`,
      description: 'Weight on the student from 0, teacher only, to 1, student only, over environment steps.',
      caption: [
        'How much of the hidden layers is the student’s own, by teacher: 0 is the teacher alone, 1 the student alone.',
        LOW_WEIGHTS,
      ],
    });
    return plan ?? [];
  });
}

/** The columns of mixing weights that any of a method's runs has. */
function mixingColumns({ counted }: Method): MixingColumn[] {
  return findMixingColumns(distinct(counted.flatMap((run) => Object.keys(run.metrics))));
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
  /** @param only method of the only panel */
  title(only: string | undefined): string;
  readonly description: string;
  readonly caption: readonly string[];
}

function weightsFigure(all: readonly WeightsPanel[], text: WeightsText): FigurePlan | undefined {
  const panels = all.flatMap(({ title, yTitle, methods, nameOf, groups }) => {
    const grid = gridOf(groups.flatMap(({ curves }) => curves));
    const lines = meanLines(groups, grid);
    if (lines.length === 0) return [];
    const runs = methods.flatMap(({ counted }) => counted);
    const panel: LinePanel = {
      kind: 'lines',
      title,
      notes: seedNotes(methods, nameOf),
      x: { title: 'environment steps', format: 'steps' },
      grid,
      y: { title: yTitle, domain: [0, 1] },
      lines,
      references: [],
      changes: methods.length === 1 ? labelledOnce(distinctChanges(runs)) : commonChanges(runs),
    };
    return { panel, groups, methods };
  });
  const [first] = panels;
  if (first === undefined) return undefined;
  const entries = panels.flatMap(({ groups }) => groups);
  const legend: LegendEntry[] = [
    ...new Map(entries.map(({ label, style }) => [label, { label, style }])).values(),
  ];
  const severalSeeds = panels.some(({ methods }) => methods.some(({ counted }) => counted.length > 1));
  const linePanels = panels.map(({ panel }) => panel);
  const title = text.title(panels.length === 1 ? first.panel.title : undefined);
  return {
    id: text.id,
    title,
    subtitle: bandText(severalSeeds),
    legend,
    panels: linePanels,
    csv: linesCsv(linePanels, 'steps', 'weight'),
    description: `${text.description} Lines: ${listOf(legend.map(({ label }) => label))}.`,
    caption: [
      ...text.caption,
      severalSeeds
        ? 'Lines are means over seeds, bands one sample standard deviation to each side.'
        : 'One seed: no band.',
      linePanels.some(({ changes }) => changes.length > 0) ? PHASES_TEXT : '',
    ]
      .filter(Boolean)
      .join(' '),
  };
}

/** Seeds may be handed over at different steps: a rule for each, and the words once. */
function labelledOnce(changes: LinePanel['changes']): LinePanel['changes'] {
  return changes.map((change, index) =>
    changes.findIndex(({ label }) => label === change.label) === index ? change : { ...change, label: '' },
  );
}
