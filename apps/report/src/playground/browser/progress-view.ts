import { formatCount, formatReturn, formatSeconds, MISSING } from '../../format.js';
import { create } from '../../viewer/browser/elements.js';
import type { Training } from './training.js';

/** What a phase of a transfer is, in a few words. */
const PHASES: Readonly<Record<number, string>> = {
  1: 'with its teacher',
  2: 'leaving its teacher',
  3: 'alone',
};

/** The numbers of one training as it goes on. */
export class ProgressView {
  readonly element: HTMLElement;
  readonly #title = create('h2');
  readonly #bar = create('progress', { max: 1, value: 0, 'aria-label': 'Steps done' });
  readonly #notice = create('p', { class: 'notice', hidden: true });
  readonly #numbers = {
    steps: create('dd', { 'data-reading': 'steps' }),
    speed: create('dd', { 'data-reading': 'speed' }),
    left: create('dd', { 'data-reading': 'left' }),
    return: create('dd', { 'data-reading': 'return' }),
    student: create('dd', { 'data-reading': 'student' }),
    threads: create('dd', { 'data-reading': 'threads' }),
  };

  constructor() {
    const rows = [
      ['Steps', this.#numbers.steps],
      ['Steps/s', this.#numbers.speed],
      ['Time left', this.#numbers.left],
      ['Return, last 100', this.#numbers.return],
      ['Student', this.#numbers.student],
      ['Threads', this.#numbers.threads],
    ] as const;
    this.element = create(
      'div',
      { class: 'course' },
      this.#title,
      this.#bar,
      create(
        'dl',
        { class: 'facts' },
        ...rows.map(([name, value]) => create('div', {}, create('dt', {}, name), value)),
      ),
      this.#notice,
    );
    this.#showNone();
  }

  /** @param training undefined where there is none */
  show(training: Training | undefined): void {
    if (!training) {
      this.#showNone();
      return;
    }
    const { label, plan, status, progress, team, rows, notice } = training;
    const isRunning = status === 'running';
    const done = isRunning ? Math.max(training.steps, progress?.steps ?? 0) : training.steps;
    this.#title.textContent = `${label}: ${plan.config.env}`;
    this.#bar.max = plan.config.steps;
    this.#bar.value = done;
    const { steps, speed, left, return: mean, student, threads } = this.#numbers;
    steps.textContent = `${formatCount(done)} of ${formatCount(plan.config.steps)}`;
    speed.textContent = progress ? formatCount(progress.stepsPerSecond) : MISSING;
    left.textContent = isRunning && progress ? formatSeconds(progress.secondsLeft) : MISSING;
    mean.textContent = formatReturn(rows.at(-1)?.return_100);
    mean.title = 'Mean return of the last 100 episodes; counted anew from the hand-over on';
    student.textContent = PHASES[rows.at(-1)?.phase ?? 0] ?? (plan.teacher ? MISSING : 'from scratch');
    threads.textContent = team
      ? `${team.threads}, ${team.threads > 1 ? 'shared memory' : 'no shared memory'}`
      : MISSING;
    threads.title = team?.engine ?? '';
    this.#notice.textContent = notice ?? '';
    this.#notice.hidden = notice === undefined;
  }

  #showNone(): void {
    this.#title.textContent = 'No training yet';
    this.#bar.value = 0;
    this.#notice.hidden = true;
    for (const value of Object.values(this.#numbers)) {
      value.textContent = MISSING;
      value.title = '';
    }
  }
}
