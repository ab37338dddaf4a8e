import { metricColumns } from '@mikt/algos';
import type { Engine } from '@mikt/graph';
import { findMixingColumns, weightStyle } from '../../mixing-columns.js';
import { phaseChanges } from '../../phases.js';
import { create } from '../../viewer/browser/elements.js';
import type { Theme } from '../../viewer/palette.js';
import { GrowingPlot, type PlotLine } from './growing-plot.js';
import { whyOneThread } from './isolation.js';
import type { Row } from './messages.js';
import { ProgressView } from './progress-view.js';
import { RobotsView } from './robots-view.js';
import { sentence } from './sentence.js';
import { fromScratch, SetupForm } from './setup-form.js';
import type { Teachers } from './teachers.js';
import { Training, type TrainingChange, type TrainingPlan } from './training.js';
import { TrainingsList } from './trainings-list.js';

/** The page: sets trainings up, runs one after the other, and shows how they go. */
export class PlaygroundPage {
  readonly #root = create('main', { class: 'viewer playground' });
  readonly #teachers: Teachers;
  readonly #form: SetupForm;
  readonly #problem = create('p', { class: 'problem', role: 'alert' });
  readonly #spoken = create('p', { class: 'hidden', role: 'status' });
  readonly #scratch = create(
    'button',
    { type: 'button', class: 'scratch', disabled: true },
    'Train the same from scratch',
  );
  readonly #stop = create('button', { type: 'button', disabled: true }, 'Stop');
  readonly #progress = new ProgressView();
  readonly #list: TrainingsList;
  readonly #returns: GrowingPlot;
  readonly #weights: GrowingPlot;
  readonly #robots: RobotsView;
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  #trainings: Training[] = [];
  /** The one whose numbers, weights and student are seen. */
  #watched: Training | undefined;

  constructor(parent: HTMLElement, engine: Engine, teachers: Teachers) {
    this.#teachers = teachers;
    this.#form = new SetupForm(teachers, {
      stop: this.#stop,
      onStart: (plan) => this.#start(plan),
      onTeacher: () => void this.#showRobots(),
      onProblem: (error) => this.#complain(error),
    });
    const announce = (words: string) => this.#announce(words);
    this.#returns = new GrowingPlot({
      ...{ title: 'Return: mean of the last 100 episodes', height: 232, announce },
      empty: 'The curve grows here as soon as the first episodes have ended.',
    });
    this.#weights = new GrowingPlot({
      ...{ title: 'Mixing weights: the student’s own share', height: 232, announce, legend: true },
      empty: 'MIKT’s mixing weights: 0 is the teacher alone, 1 the student alone.',
    });
    this.#list = new TrainingsList({
      onWatch: (training) => this.#watch(training),
      onToggle: () => this.#drawReturns(),
      onRemove: (training) => this.#remove(training),
    });
    this.#robots = new RobotsView(engine, this.#theme);
    this.#stop.addEventListener('click', () => this.#running?.stop());
    this.#scratch.addEventListener('click', () => this.#startFromScratch());
    this.#scheme.addEventListener('change', () => this.#applyTheme());
    // The trainings go with the page.
    addEventListener('beforeunload', (event) => {
      if (this.#running) event.preventDefault();
    });
    this.#applyTheme();
    this.#root.append(...this.#content());
    parent.append(this.#root);
    void this.#showRobots();
  }

  get #theme(): Theme {
    return this.#scheme.matches ? 'dark' : 'light';
  }

  get #running(): Training | undefined {
    return this.#trainings.find(({ status }) => status === 'running');
  }

  #applyTheme(): void {
    this.#root.dataset.theme = this.#theme;
    this.#robots.setTheme(this.#theme);
  }

  #content(): HTMLElement[] {
    const why = whyOneThread();
    const side = create(
      'section',
      { class: 'card side', 'aria-label': 'Set up a training' },
      this.#form.element,
      this.#scratch,
      this.#problem,
      ...(why === undefined ? [] : [create('p', { class: 'note-box', id: 'isolation' }, why)]),
    );
    const course = create(
      'section',
      { class: 'card', 'aria-label': 'How the training goes' },
      this.#progress.element,
      create('div', { class: 'plots' }, this.#returns.element, this.#weights.element),
      this.#list.element,
      create('p', { class: 'soft' }, 'One seed shows how a training goes, not which method is better.'),
    );
    const robots = create('section', { class: 'card', 'aria-label': 'Robots' }, this.#robots.element);
    return [
      create(
        'header',
        {},
        create('h1', {}, 'mikt playground'),
        create(
          'p',
          {},
          'Train a robot with the help of a policy that was trained on another one. All of it runs in this page.',
        ),
      ),
      create('div', { class: 'layout' }, side, create('div', { class: 'main' }, course, robots)),
      this.#spoken,
    ];
  }

  #start(plan: TrainingPlan): void {
    this.#problem.textContent = '';
    // Returns of different robots do not compare.
    for (const other of this.#trainings) {
      if (other.plan.config.env !== plan.config.env) this.#list.setShown(other, false);
    }
    const training = new Training(plan, this.#trainings, (changed, change) => this.#changed(changed, change));
    this.#trainings.push(training);
    this.#list.add(training);
    this.#runNext();
  }

  #startFromScratch(): void {
    const plan = this.#comparable;
    if (plan) this.#start(fromScratch(plan));
  }

  /** The last training with a teacher, which has no counterpart from scratch yet. */
  get #comparable(): TrainingPlan | undefined {
    const last = this.#trainings.findLast(({ plan }) => plan.teacher)?.plan;
    const key = ({ config: { env, seed, steps } }: TrainingPlan) => JSON.stringify([env, seed, steps]);
    const isThere = ({ plan, status }: Training) =>
      !plan.teacher && last && key(plan) === key(last) && status !== 'failed' && status !== 'stopped';
    return this.#trainings.some(isThere) ? undefined : last;
  }

  #runNext(): void {
    const next = this.#running ? undefined : this.#trainings.find(({ status }) => status === 'waiting');
    if (next) {
      next.start();
      this.#watch(next);
    }
    this.#refresh();
  }

  #remove(training: Training): void {
    training.dispose();
    this.#trainings = this.#trainings.filter((other) => other !== training);
    this.#list.remove(training);
    if (this.#watched === training) this.#watch(this.#running ?? this.#trainings.at(-1));
    this.#refresh();
  }

  #watch(training: Training | undefined): void {
    this.#watched = training;
    this.#progress.show(training);
    this.#refresh();
    this.#drawWeights();
    void this.#showRobots();
  }

  #changed(training: Training, change: TrainingChange): void {
    const isWatched = training === this.#watched;
    if (isWatched) this.#progress.show(training);
    if (change === 'progress') return;
    this.#list.update(training, this.#watched);
    if (change === 'row') {
      this.#drawReturns();
      if (isWatched) this.#drawWeights();
      this.#tellHandOver(training);
    }
    if (change === 'checkpoint' && isWatched) void this.#showRobots();
    if (change === 'notice') this.#announce(`${training.label}: ${training.notice}`);
    if (change === 'status') this.#tellStatus(training);
  }

  #tellStatus(training: Training): void {
    const { label, status, problem, team } = training;
    if (status === 'running') {
      if (team)
        this.#announce(
          `${label} has begun, on ${team.threads === 1 ? 'one thread' : `${team.threads} threads`}.`,
        );
      this.#refresh();
      return;
    }
    this.#announce(`${label}: ${status}.`);
    if (problem !== undefined) this.#complain(new Error(`${label}: ${problem}`));
    this.#runNext();
  }

  #tellHandOver({ label, rows }: Training): void {
    const [before, now] = [rows.at(-2)?.phase, rows.at(-1)?.phase];
    if (before !== undefined && before < 3 && now === 3)
      this.#announce(`${label}: the student is alone now.`);
  }

  /** Puts buttons, list and curves right after trainings came, went, began or ended. */
  #refresh(): void {
    const running = this.#running;
    this.#stop.disabled = !running || running.isStopping;
    this.#scratch.disabled = this.#comparable === undefined;
    for (const training of this.#trainings) this.#list.update(training, this.#watched);
    this.#drawReturns();
  }

  #drawReturns(): void {
    const shown = this.#trainings.filter((training) => this.#list.isShown(training));
    this.#returns.show({
      lines: shown.map(({ label, style, rows }) => ({ label, style, points: pointsOf(rows, 'return_100') })),
      end: Math.max(1, ...shown.map(({ plan }) => plan.config.steps)),
      changes: this.#watched && shown.includes(this.#watched) ? changesOf(this.#watched.rows) : [],
    });
  }

  #drawWeights(): void {
    const training = this.#watched;
    const plan = training?.plan;
    // Before the first training the place says what will be seen there.
    this.#weights.element.hidden = plan !== undefined && !hasWeights(plan);
    this.#weights.show({
      lines: training ? weightLines(training.rows) : [],
      end: plan?.config.steps ?? 1,
      y: [0, 1],
      changes: training ? changesOf(training.rows) : [],
    });
  }

  /** The watched training's student and teacher; before the first one, the teacher that is chosen. */
  async #showRobots(): Promise<void> {
    const training = this.#watched;
    try {
      const teacher = training ? training.plan.teacher : await this.#chosenTeacher();
      // Meanwhile another one may be watched.
      if (training !== this.#watched) return;
      const bytes = training?.checkpoint?.bytes;
      this.#robots.show({
        student: bytes && { key: training.label, source: 'Policy', bytes },
        teacher: teacher && { key: teacher.source, source: teacher.source, bytes: teacher.bytes },
      });
    } catch (error) {
      this.#complain(error);
    }
  }

  async #chosenTeacher() {
    const source = this.#form.teacher;
    return source === undefined ? undefined : this.#teachers.get(source);
  }

  #complain(error: unknown): void {
    this.#problem.textContent = sentence(error);
  }

  #announce(words: string): void {
    this.#spoken.textContent = words;
  }
}

function pointsOf(rows: readonly Row[], column: string): PlotLine['points'] {
  return rows.map((row) => [row.steps ?? 0, row[column]]);
}

function hasWeights({ config, teacher }: TrainingPlan): boolean {
  return findMixingColumns(metricColumns(config, teacher ? [teacher.teacher] : [])).length > 0;
}

function weightLines(rows: readonly Row[]): PlotLine[] {
  const columns = findMixingColumns(Object.keys(rows[0] ?? {})).filter(
    ({ teacher }) => teacher === undefined,
  );
  const networks = [...new Set(columns.map(({ network }) => network))];
  const layers = [...new Set(columns.map(({ layer }) => layer))];
  return columns.map(({ column, network, layer }) => ({
    label: `${network}, layer ${layer}`,
    style: weightStyle(networks.indexOf(network), layers.indexOf(layer)),
    points: pointsOf(rows, column),
  }));
}

function changesOf(rows: readonly Row[]) {
  const column = (name: string) => rows.map((row) => row[name] ?? Number.NaN);
  return phaseChanges({ steps: column('steps'), phase: column('phase') });
}
