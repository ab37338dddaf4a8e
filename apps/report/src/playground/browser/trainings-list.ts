import { formatCount, formatReturn } from '../../format.js';
import { create } from '../../viewer/browser/elements.js';
import { swatch } from './growing-plot.js';
import type { Training, TrainingStatus } from './training.js';

export interface ListEvents {
  /** Its policy is to be seen. */
  onWatch(training: Training): void;
  /** Its curve is to be shown or hidden. */
  onToggle(): void;
  onRemove(training: Training): void;
}

const WORDS: Readonly<Record<TrainingStatus, string>> = {
  waiting: 'waits for the one before',
  running: 'running',
  finished: 'finished',
  stopped: 'stopped',
  failed: 'failed',
};

/** All trainings of this visit: the legend of the curves, and what can be done with each. */
export class TrainingsList {
  readonly element = create('ul', { class: 'trainings', 'aria-label': 'Trainings' });
  readonly #events: ListEvents;
  readonly #items = new Map<Training, Item>();

  constructor(events: ListEvents) {
    this.#events = events;
  }

  add(training: Training): void {
    const item = new Item(training, this.#events);
    this.#items.set(training, item);
    this.element.append(item.element);
  }

  remove(training: Training): void {
    this.#items.get(training)?.element.remove();
    this.#items.delete(training);
  }

  isShown(training: Training): boolean {
    return this.#items.get(training)?.isShown ?? false;
  }

  setShown(training: Training, isShown: boolean): void {
    this.#items.get(training)?.setShown(isShown);
  }

  update(training: Training, watched: Training | undefined): void {
    this.#items.get(training)?.update(training === watched);
  }
}

class Item {
  readonly element: HTMLElement;
  isShown = true;
  readonly #training: Training;
  readonly #toggle: HTMLButtonElement;
  readonly #standing = create('p', { class: 'standing' });
  readonly #watch = button('Watch');
  readonly #save = button('Save');
  readonly #stop = button('Stop');
  readonly #remove = button('Remove');

  constructor(training: Training, { onWatch, onToggle, onRemove }: ListEvents) {
    this.#training = training;
    const { label, style } = training;
    this.#toggle = create(
      'button',
      { type: 'button', class: 'toggle', 'aria-pressed': 'true' },
      swatch(style),
      label,
    );
    this.#toggle.addEventListener('click', () => {
      this.setShown(!this.isShown);
      onToggle();
    });
    for (const [element, action] of [
      [this.#watch, 'Watch'],
      [this.#save, 'Save the student of'],
      [this.#stop, 'Stop'],
      [this.#remove, 'Remove'],
    ] as const) {
      element.setAttribute('aria-label', `${action} ${label}`);
    }
    this.#watch.addEventListener('click', () => onWatch(training));
    this.#stop.addEventListener('click', () => training.stop());
    this.#remove.addEventListener('click', () => onRemove(training));
    this.#save.addEventListener('click', () => this.#give());
    this.element = create(
      'li',
      {},
      create('div', { class: 'about' }, this.#toggle, this.#standing, create('p', {}, training.description)),
      create('div', { class: 'actions' }, this.#watch, this.#save, this.#stop, this.#remove),
    );
    this.update(false);
  }

  setShown(isShown: boolean): void {
    this.isShown = isShown;
    this.#toggle.setAttribute('aria-pressed', String(isShown));
  }

  update(isWatched: boolean): void {
    const { status, checkpoint, steps, finalReturn, problem } = this.#training;
    const parts = [
      wordFor(this.#training),
      ...(steps > 0 ? [`${formatCount(steps)} steps`] : []),
      ...(finalReturn === undefined ? [] : [`return ${formatReturn(finalReturn)}`]),
    ];
    this.#standing.textContent =
      problem === undefined ? parts.join(' · ') : `${parts.join(' · ')}: ${problem}`;
    this.#standing.classList.toggle('problem', problem !== undefined);
    this.#watch.hidden = checkpoint === undefined;
    this.#watch.setAttribute('aria-pressed', String(isWatched));
    this.#save.hidden = checkpoint === undefined;
    this.#stop.hidden = status !== 'running';
    this.#stop.disabled = this.#training.isStopping;
    this.#remove.hidden = status === 'running';
  }

  /** Hands the student's last checkpoint to the browser as a file. */
  #give(): void {
    const { checkpoint, plan } = this.#training;
    if (!checkpoint) return;
    const { env, algo, seed } = plan.config;
    const url = URL.createObjectURL(new Blob([checkpoint.bytes], { type: 'application/octet-stream' }));
    create('a', { href: url, download: `${env}-${algo}-s${seed}-${checkpoint.steps}.safetensors` }).click();
    // The browser has taken the file by then.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

function wordFor({ status, isStopping, team }: Training): string {
  if (status !== 'running') return WORDS[status];
  if (isStopping) return 'stopping';
  return team ? WORDS.running : 'loading';
}

function button(text: string): HTMLButtonElement {
  return create('button', { type: 'button' }, text);
}
