import { formatReturn, slug } from '../format.js';
import { teacherStyles } from '../method-styles.js';
import { compareMethods, type Method } from '../methods.js';
import { distinct, type Pair, splitVariants } from '../pairs.js';
import { commonChanges } from '../phases.js';
import { returnCurve } from '../results.js';
import { bandText, type CurveGroup, gridOf, linesCsv, meanLines, PHASES_TEXT, seedNotes } from './curves.js';
import type { FigurePlan } from './figure.js';
import type { LegendEntry, LinePanel } from './line-panel.js';

/** A value to compare a return with, e.g. what doing nothing earns. */
export interface Reference {
  /** As it stands in the figure. */
  readonly label: string;
  /** How it was measured. */
  readonly note?: string;
  readonly value: number;
}

/** Of each environment. */
export type References = Readonly<Record<string, readonly Reference[]>>;

/** One line of a figure of returns: a method under the name that it has there. */
interface NamedMethod extends LegendEntry {
  readonly method: Method;
}

interface ReturnPanel {
  readonly title: string;
  readonly env: string;
  readonly lines: readonly NamedMethod[];
}

/** Return over steps, a panel for each pair of teacher and student (the paper's Figure 3). */
export function learningCurves(pairs: readonly Pair[], references: References): FigurePlan | undefined {
  const [only] = pairs;
  return returnFigure(
    {
      id: 'learning-curves',
      title: pairs.length === 1 ? `Learning curves: ${only!.title}` : 'Learning curves',
      about: 'Return over environment steps.',
    },
    pairs.map((pair) => ({ title: pair.title, env: pair.env, lines: splitVariants(pair).main.map(byLabel) })),
    references,
  );
}

/** Return over steps of each plain method beside its variants, a panel for each pair (the paper's Figure 4). */
export function ablations(pairs: readonly Pair[], references: References): FigurePlan[] {
  const groups = pairs.flatMap((pair) => splitVariants(pair).variants.map((group) => ({ pair, ...group })));
  return distinct(groups.map(({ base }) => base.label)).flatMap((label) => {
    const own = groups.filter(({ base }) => base.label === label);
    const plan = returnFigure(
      {
        id: `variants-${slug(label)}`,
        title: `${label} and its variants${own.length === 1 ? `: ${own[0]!.pair.title}` : ''}`,
        about: `Return over environment steps of ${label} and of the same with something changed or left out.`,
      },
      own.map(({ pair, methods }) => ({ title: pair.title, env: pair.env, lines: methods.map(byLabel) })),
      references,
    );
    return plan ?? [];
  });
}

/** Return over steps with one method and several teachers on one robot (the paper's Figure 5a). */
export function teacherComparison(pairs: readonly Pair[], references: References): FigurePlan[] {
  const panels = teacherGroups(pairs);
  return distinct(panels.map(({ label }) => label)).flatMap((label) => {
    const own = panels.filter((panel) => panel.label === label);
    const plan = returnFigure(
      {
        id: `teachers-${slug(label)}`,
        title: `${label} with different teachers${own.length === 1 ? `: ${own[0]!.env}` : ''}`,
        about: `Return over environment steps of ${label} from each teacher, and of training from scratch.`,
      },
      own.map(({ env, methods, scratch }) => ({
        title: env,
        env,
        lines: [...scratch.map(byLabel), ...methods.map(byTeacher(own.flatMap((panel) => panel.methods)))],
      })),
      references,
    );
    return plan ?? [];
  });
}

/** Plain methods that had several teachers on one robot. */
export function teacherGroups(pairs: readonly Pair[]) {
  const plain = pairs.flatMap((pair) =>
    splitVariants(pair).main.filter(({ teachers }) => teachers.length > 0),
  );
  return distinct(plain.map(({ env }) => env)).flatMap((env) => {
    const here = plain.filter((method) => method.env === env);
    const scratch = pairs
      .filter((pair) => pair.env === env)
      .flatMap((pair) => splitVariants(pair).main.filter(({ teachers }) => teachers.length === 0));
    return distinct(here.map(({ label }) => label))
      .map((label) => ({
        env,
        label,
        methods: here.filter((method) => method.label === label),
        scratch: distinct(scratch),
      }))
      .filter(({ methods }) => methods.length > 1);
  });
}

/** Names lines by their teachers. @param all methods of the figure, so that its panels agree on looks */
export function byTeacher(all: readonly Method[]): (method: Method) => NamedMethod {
  const nameOf = ({ teachers }: Method) => teachers.join(' + ');
  const styles = teacherStyles(all.map(nameOf));
  return (method) => ({ method, label: `from ${nameOf(method)}`, style: styles.get(nameOf(method))! });
}

function byLabel(method: Method): NamedMethod {
  return { method, label: method.label, style: method.style };
}

function returnFigure(
  { id, title, about }: { readonly id: string; readonly title: string; readonly about: string },
  panels: readonly ReturnPanel[],
  references: References,
): FigurePlan | undefined {
  const made = panels
    .map((panel) => makePanel(panel, references))
    .filter(({ panel }) => panel.lines.length > 0);
  if (made.length === 0) return undefined;
  const named = made.flatMap(({ named }) => named);
  const counted = named.flatMap(({ method }) => method.counted);
  const severalSeeds = named.some(({ method }) => method.counted.length > 1);
  const changes = made.flatMap(({ panel }) => panel.changes);
  const linePanels = made.map(({ panel }) => panel);
  return {
    id,
    title,
    subtitle: `return_100: mean return of the last 100 episodes; ${bandText(severalSeeds)}`,
    legend: legendOf(named),
    panels: linePanels,
    csv: linesCsv(linePanels, 'steps', 'return_100'),
    description: `${about} ${linePanels.map((panel) => panel.description).join(' ')}`,
    caption: [
      `${about} Raw rewards, mean of the last 100 episodes that had ended by then (return_100).`,
      severalSeeds
        ? 'Lines are means over seeds, bands one sample standard deviation (divisor n − 1) to each side.'
        : 'One seed of each: a line is one run, and there is no band. Another seed may give another order.',
      severalSeeds && named.some(({ method }) => method.counted.length === 1)
        ? 'A line without a band is a single seed.'
        : '',
      counted.some((run) => !run.finished)
        ? 'Unfinished runs are drawn as far as they have come; beyond that, means are over the other seeds.'
        : '',
      ...referenceTexts(panels, references),
      changes.length > 0 ? `${PHASES_TEXT} The hand-over clears the window of 100 episodes.` : '',
    ]
      .filter(Boolean)
      .join(' '),
  };
}

/** What the horizontal lines are, each sentence once. */
function referenceTexts(panels: readonly ReturnPanel[], references: References): string[] {
  const shown = distinct(panels.map(({ env }) => env)).flatMap((env) =>
    Object.hasOwn(references, env) ? references[env]! : [],
  );
  return distinct(
    shown.map(({ label, note }) => `Dashed line: ${label}${note === undefined ? '' : `, ${note}`}.`),
  );
}

function makePanel(
  { title, env, lines }: ReturnPanel,
  references: References,
): { panel: LinePanel; named: NamedMethod[] } {
  const groups = lines.map(
    ({ method, label, style }): CurveGroup => ({ label, style, curves: method.counted.map(returnCurve) }),
  );
  const grid = gridOf(groups.flatMap(({ curves }) => curves));
  const drawn = meanLines(groups, grid);
  const named = lines.filter(({ label }) => drawn.some((line) => line.label === label));
  const nameOf = (method: Method) => named.find((line) => line.method === method)!.label;
  const panel: LinePanel = {
    kind: 'lines',
    title,
    notes:
      named.length === 0
        ? []
        : seedNotes(
            named.map(({ method }) => method),
            nameOf,
          ),
    x: { title: 'environment steps', format: 'steps' },
    grid,
    y: { title: 'return (sum of rewards)' },
    lines: drawn,
    references: Object.hasOwn(references, env) ? references[env]! : [],
    changes: commonChanges(named.flatMap(({ method }) => method.counted)),
  };
  return { panel: { ...panel, description: describePanel(panel) }, named };
}

/** Each label once, in the order of methods. */
function legendOf(named: readonly NamedMethod[]): LegendEntry[] {
  const sorted = [...named].sort((a, b) => compareMethods(a.method, b.method));
  return [...new Map(sorted.map(({ label, style }) => [label, { label, style }])).values()];
}

function describePanel({ title, lines, references, grid }: LinePanel): string {
  const ends = lines.map(({ label, value }) => {
    const last = Array.from(value).findLastIndex((at) => !Number.isNaN(at));
    return `${label} comes to ${formatReturn(value[last])}`;
  });
  const compared = references.map(({ label, value }) => `; ${label}: ${formatReturn(value)}`);
  return `${title}, to ${grid.at(-1)!.toLocaleString('en-US')} steps: ${ends.join(', ')}${compared.join('')}.`;
}
