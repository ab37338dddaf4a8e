// Entry of the page's script. Without it the page is complete as pictures and tables.
import type { PanelValues } from '../../figures/figure.js';
import { type Legend, Plot } from './plot.js';
import { mountRollouts } from './rollouts.js';

const spoken = document.createElement('div');
spoken.className = 'visually-hidden';
spoken.setAttribute('aria-live', 'polite');

/** Makes the figures and recordings below an element alive. */
function enliven(root: ParentNode): void {
  for (const figure of root.querySelectorAll<HTMLElement>('figure')) enlivenFigure(figure);
  mountRollouts(root);
}

function enlivenFigure(figure: HTMLElement): void {
  const data = document.getElementById(`${figure.id}-values`);
  if (data === null) return;
  // Read at the first touch only: a page may have many figures.
  let values: (PanelValues | null)[] | undefined;
  const read = () => {
    values ??= JSON.parse(data.textContent ?? '[]') as (PanelValues | null)[];
    return values;
  };
  const buttons = [...figure.querySelectorAll<HTMLButtonElement>('.legend button')];
  const legend: Legend = {
    labels: buttons.map((button) => button.textContent?.trim() ?? ''),
    swatches: buttons.map((button) => button.querySelector('svg')?.outerHTML ?? ''),
    isShown: (entry) => buttons[entry]?.getAttribute('aria-pressed') !== 'false',
  };
  const plots = [...figure.querySelectorAll<HTMLElement>('.panel[tabindex]')].map(
    (panel) =>
      new Plot(
        panel,
        legend,
        () => read()[Number(panel.dataset.panel)]!,
        (words) => {
          spoken.textContent = words;
        },
      ),
  );
  for (const button of buttons) {
    button.addEventListener('click', () => {
      button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') === 'false'));
      for (const plot of plots) plot.update();
    });
  }
}

document.body.append(spoken);
document.documentElement.classList.add('alive');
enliven(document);
// For what replaces a part of the page.
Object.assign(globalThis, { MiktReport: { enliven } });
