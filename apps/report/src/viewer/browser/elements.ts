// The few helpers by which player and watch page build their documents.

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An element with attributes (true: present, false: absent) and children. */
export function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, '');
    else if (value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

const PATHS = {
  play: 'M7 4.5v15l13-7.5z',
  pause: 'M6 4.5h4.2v15H6zM13.8 4.5H18v15h-4.2z',
  step: 'M5 4.5v15l9-7.5zM16 4.5h3v15h-3z',
  restart:
    'M12 4.2a7.8 7.8 0 1 0 7.8 7.8h-2.4A5.4 5.4 0 1 1 12 6.6c1.5 0 2.9.6 3.8 1.6L13 11h7V4l-2.5 2.5A7.8 7.8 0 0 0 12 4.2z',
  camera:
    'M3 9V3h6v2.2H5.2V9zM15 3h6v6h-2.2V5.2H15zM3 15h2.2v3.8H9V21H3zM18.8 15H21v6h-6v-2.2h3.8zM12 8.7a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6z',
  push: 'M3 10.8h10.2L9.6 7.2l1.7-1.7 6.5 6.5-6.5 6.5-1.7-1.7 3.6-3.6H3zM19 4h2.4v16H19z',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign, which says nothing to a screen reader. */
function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows a sign and is named by its label. */
export function iconButton(name: IconName, label: string, onClick: () => void): HTMLButtonElement {
  const button = create('button', { type: 'button', 'aria-label': label, title: label }, icon(name));
  button.addEventListener('click', onClick);
  return button;
}

/** Changes a button's sign and label. */
export function setButton(button: HTMLButtonElement, name: IconName, label: string): void {
  if (button.getAttribute('aria-label') === label) return;
  button.setAttribute('aria-label', label);
  button.title = label;
  button.replaceChildren(icon(name));
}

/** A choice among named values. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  value: string,
  onChange: (value: string) => void,
): HTMLSelectElement {
  const select = create('select', { 'aria-label': label, title: label });
  for (const [key, text] of options)
    select.append(create('option', { value: key, selected: key === value }, text));
  select.addEventListener('change', () => onChange(select.value));
  return select;
}

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8] as const;

/** A choice of the speed at which simulated time passes. */
export function speedChoice(onChange: (speed: number) => void): HTMLSelectElement {
  const options = SPEEDS.map((speed) => [String(speed), `${speed}×`] as const);
  return choice('Speed', options, '1', (value) => onChange(Number(value)));
}

/** Chooses the next slower (−1) or faster (1) speed, as if by hand. */
export function changeSpeed(select: HTMLSelectElement, by: -1 | 1): void {
  const index = Math.min(Math.max(select.selectedIndex + by, 0), SPEEDS.length - 1);
  if (index === select.selectedIndex) return;
  select.selectedIndex = index;
  select.dispatchEvent(new Event('change'));
}

/** Whether a key was meant for the element that has the focus: a field, a list, or a button that it presses. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
  if (target instanceof HTMLButtonElement || target.localName === 'summary')
    return event.key === ' ' || event.key === 'Enter';
  return target instanceof HTMLSelectElement;
}

export function formatNumber(value: number, digits = 1): string {
  const rounded = Number(value.toFixed(digits));
  // Adding 0 makes −0 a 0.
  return (rounded + 0)
    .toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace('-', '−');
}

export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** Whether the reader asked for as little motion as possible. */
export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
