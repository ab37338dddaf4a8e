import { canShareMemory, checkTeachers, METHODS, presetValues, resolveConfig } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import { listEnvs } from '@mikt/envs';
import { create } from '../../viewer/browser/elements.js';
import type { Teachers } from './teachers.js';
import type { TrainingPlan } from './training.js';

/** What the form says at first: something to see within minutes. */
const FIRST = {
  ...{ teacher: 'zoo:CentipedeFour', env: 'CentipedeSix', algo: 'mikt', preset: 'matched' },
  ...{ steps: 300_000, seed: 1, legs: 10 },
} as const;

/** Updates from one checkpoint to the next, and so from one policy that is seen to the next. */
const CHECKPOINT_EVERY = 4;

const FROM_SCRATCH = '';
const OTHER_LEGS = 'Centipede';

/** Calls in which a training is set up. */
export interface SetupEvents {
  /** Stands beside the button that starts. */
  readonly stop: HTMLButtonElement;
  onStart(plan: TrainingPlan): void;
  /** Another teacher was chosen, or none. */
  onTeacher(): void;
  onProblem(error: unknown): void;
}

/** Teacher, robot, method and the few settings of a training, and the button that starts it. */
export class SetupForm {
  readonly element = create('form', { class: 'setup' });
  readonly #teachers: Teachers;
  readonly #events: SetupEvents;
  readonly #teacher = create('select', { id: 'teacher' });
  readonly #file = create('input', { id: 'file', type: 'file', accept: '.safetensors' });
  readonly #env = create('select', { id: 'env' });
  readonly #legs = numberField('legs', FIRST.legs, 3);
  readonly #legsField = field('Legs', this.#legs);
  readonly #algo = create('select', { id: 'algo' });
  readonly #preset = create('select', { id: 'preset' });
  readonly #steps = numberField('steps', FIRST.steps, 1);
  readonly #seed = numberField('seed', FIRST.seed, 0);
  readonly #threads = numberField('threads', navigator.hardwareConcurrency, 1);

  constructor(teachers: Teachers, events: SetupEvents) {
    this.#teachers = teachers;
    this.#events = events;
    this.#listTeachers(FIRST.teacher);
    fill(
      this.#env,
      [...listEnvs(), OTHER_LEGS].map((name) => [
        name,
        name === OTHER_LEGS ? 'Centipede with other legs' : name,
      ]),
      FIRST.env,
    );
    this.#listMethods(FIRST.algo);
    this.#listPresets(FIRST.preset);
    this.#teacher.addEventListener('change', () => this.#teacherChosen());
    this.#file.addEventListener('change', () => void this.#addFile());
    this.#env.addEventListener('change', () => this.#envChosen());
    this.#algo.addEventListener('change', () => this.#listPresets(this.#preset.value));
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.plan().then(events.onStart, events.onProblem);
    });
    this.element.append(
      field('Teacher', this.#teacher),
      field('or a checkpoint of your own', this.#file),
      field('Student’s robot', this.#env),
      this.#legsField,
      field('Method', this.#algo),
      field('Preset', this.#preset),
      field('Steps', this.#steps),
      field('Seed', this.#seed),
      ...(canShareMemory() ? [field('Threads', this.#threads)] : []),
      create(
        'div',
        { class: 'go' },
        create('button', { type: 'submit', class: 'primary' }, 'Start'),
        events.stop,
      ),
    );
    this.#envChosen();
  }

  /** Source of the teacher that is chosen; undefined where there is none. */
  get teacher(): string | undefined {
    return this.#teacher.value === FROM_SCRATCH ? undefined : this.#teacher.value;
  }

  /** What the form says. @throws MiktError where it is wrong */
  async plan(): Promise<TrainingPlan> {
    const [algo, source] = [this.#algo.value, this.teacher];
    const config = resolveConfig({
      ...presetValues(algo, this.#preset.value),
      ...{ algo, env: this.#envName() },
      steps: wholeNumber(this.#steps, 'steps'),
      seed: wholeNumber(this.#seed, 'seed'),
      checkpointEvery: CHECKPOINT_EVERY,
    });
    const teacher = source === undefined ? undefined : await this.#teachers.get(source);
    checkTeachers(config, teacher ? [teacher.teacher] : []);
    return { config, teacher, threads: wholeNumber(this.#threads, 'threads') };
  }

  #envName(): string {
    return this.#env.value === OTHER_LEGS ? `${OTHER_LEGS}${this.#legs.value}` : this.#env.value;
  }

  #envChosen(): void {
    this.#legsField.hidden = this.#env.value !== OTHER_LEGS;
  }

  #teacherChosen(): void {
    this.#listMethods(this.#algo.value);
    this.#listPresets(this.#preset.value);
    this.#events.onTeacher();
  }

  async #addFile(): Promise<void> {
    const [file] = this.#file.files ?? [];
    if (!file) return;
    try {
      const { source } = await this.#teachers.add(file);
      this.#listTeachers(source);
      this.#teacherChosen();
    } catch (error) {
      this.#file.value = '';
      this.#events.onProblem(error);
    }
  }

  #listTeachers(chosen: string): void {
    fill(this.#teacher, [...this.#teachers.sources.map(same), [FROM_SCRATCH, 'none: from scratch']], chosen);
  }

  /** Methods that take a teacher where there is one, else those that take none. */
  #listMethods(chosen: string): void {
    const takesOne = this.teacher !== undefined;
    const methods = Object.values(METHODS).filter(({ teachers }) => (teachers !== 'none') === takesOne);
    fill(
      this.#algo,
      methods.map(({ name, title }) => [name, title]),
      chosen,
    );
  }

  #listPresets(chosen: string): void {
    fill(this.#preset, Object.keys(METHODS[this.#algo.value]!.presets).map(same), chosen);
  }
}

/** The same training without a teacher: the same robot, seed, number of steps and first noise. */
export function fromScratch({ config, threads }: TrainingPlan): TrainingPlan {
  // The first standard deviation too: it does more than most teachers, and is not theirs.
  const { env, seed, steps, checkpointEvery, standardDeviationStart } = config;
  const own = { env, seed, steps, checkpointEvery, standardDeviationStart };
  return { config: resolveConfig({ algo: 'ppo', ...own }), teacher: undefined, threads };
}

function field(label: string, input: HTMLInputElement | HTMLSelectElement): HTMLElement {
  return create('div', { class: `field ${input.id}` }, create('label', { for: input.id }, label), input);
}

function numberField(id: string, value: number, min: number): HTMLInputElement {
  return create('input', { id, type: 'number', value, min, step: 'any', required: true });
}

/** @throws InvalidInputError where it is no whole number */
function wholeNumber({ value }: HTMLInputElement, name: string): number {
  const number = Number(value);
  if (value !== '' && Number.isSafeInteger(number)) return number;
  throw new InvalidInputError(`${name}: expected a whole number, got "${value}".`);
}

/** Lists options and chooses one, or the first where that is not among them. */
function fill(
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string,
): void {
  const isThere = options.some(([value]) => value === chosen);
  select.replaceChildren(
    ...options.map(([value, text], i) =>
      create('option', { value, selected: isThere ? value === chosen : i === 0 }, text),
    ),
  );
}

function same(value: string): readonly [string, string] {
  return [value, value];
}
