import { create, formatNumber } from './elements.js';

interface Row {
  readonly bar: HTMLElement;
  readonly value: HTMLElement;
}

/** The parts of a reward as bars to both sides of zero, named and with their numbers. */
export class RewardBars {
  readonly element: HTMLElement;
  readonly #rows: Row[];
  #largest = 1e-9;

  /** @param parts names of the reward's parts */
  constructor(parts: readonly string[]) {
    this.#rows = parts.map(() => ({
      bar: create('span', { class: 'bar' }),
      value: create('span', { class: 'value' }),
    }));
    this.element = create('dl', { class: 'bars', 'aria-label': 'Reward per step, by its parts' });
    for (const [i, { bar, value }] of this.#rows.entries()) {
      this.element.append(
        create(
          'div',
          {},
          create('dt', {}, parts[i]!),
          create('dd', {}, create('span', { class: 'track', 'aria-hidden': 'true' }, bar), value),
        ),
      );
    }
  }

  /** Scales the bars to this magnitude at least. */
  setScale(largest: number): void {
    this.#largest = Math.max(this.#largest, largest);
  }

  /** @param values of the parts, in their order */
  show(values: ArrayLike<number>): void {
    for (const [i, { bar, value }] of this.#rows.entries()) {
      const number = values[i] ?? 0;
      this.#largest = Math.max(this.#largest, Math.abs(number));
      const share = (50 * number) / this.#largest;
      bar.style.left = `${50 + Math.min(0, share)}%`;
      bar.style.width = `${Math.abs(share)}%`;
      bar.classList.toggle('negative', number < 0);
      value.textContent = formatNumber(number, 3);
    }
  }
}
