import type { Theme } from '../palette.js';
import type { WatchSettings } from '../watch-files.js';
import {
  changeSpeed,
  choice,
  create,
  iconButton,
  isTyping,
  prefersStillness,
  setButton,
  speedChoice,
} from './elements.js';
import type { LiveRobot } from './live-robot.js';
import { RobotPanel } from './robot-panel.js';

export interface WatchedRobot {
  readonly role: string;
  readonly source: string;
  readonly robot: LiveRobot;
  readonly mixing: Readonly<Record<string, number>>;
}

/** Milliseconds of a frame that may go into physics and networks. */
const BUDGET = 24;
/** Milliseconds for which the end of an episode stays on the screen. */
const PAUSE_AT_END = 1500;

const PUSHES = [
  ['a', '←', 'to the left', [-1, 0]],
  ['w', '↑', 'away from you', [0, 1]],
  ['s', '↓', 'towards you', [0, -1]],
  ['d', '→', 'to the right', [1, 0]],
] as const;

const KEYS: readonly (readonly [string, string])[] = [
  ['Space', 'play, pause'],
  ['.', 'one step'],
  ['r', 'reset with the seed'],
  ['n', 'next episode'],
  ['m', 'mean or sampled actions'],
  ['[  ]', 'slower, faster'],
  ['a w s d', 'push'],
  ['c', 'reset the camera'],
  ['drag, arrows', 'turn the camera (on the picture)'],
  ['shift + drag', 'move the camera aside'],
  ['wheel, + −', 'distance (click the picture first)'],
];

/** The page in which policies act: pictures, readings, and the controls that are common to all of them. */
export class WatchPage {
  readonly #root = create('main', { class: 'viewer' });
  readonly #panels: RobotPanel[];
  readonly #playButton = iconButton('pause', 'Pause', () => this.#setPlaying(!this.#playing));
  readonly #seed = create('input', { type: 'number', id: 'seed', min: 0, step: 1, value: 0 });
  readonly #actions = choice(
    'Actions',
    [
      ['mean', 'Mean'],
      ['sample', 'Sampled'],
    ],
    'mean',
    () => {},
  );
  readonly #speedChoice = speedChoice((speed) => {
    this.#speed = speed;
  });
  readonly #strength = choice(
    'Strength of a push: the change of speed of a free robot',
    [0.5, 1, 2, 4].map((speed) => [String(speed), `${speed} m/s`] as const),
    '1',
    () => {},
  );
  readonly #keys = create('details');
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  /** When the panels' episodes ended, of `performance.now()`. */
  readonly #endedAt = new Map<RobotPanel, number>();
  #playing = !prefersStillness();
  #speed = 1;
  #last = performance.now();

  constructor(parent: HTMLElement, robots: readonly WatchedRobot[], { seed, sample }: WatchSettings) {
    this.#seed.value = String(seed);
    this.#actions.value = sample ? 'sample' : 'mean';
    this.#panels = robots.map(
      ({ robot, ...described }, i) =>
        new RobotPanel(robot, { ...described, colours: i === 0 ? 'first' : 'second', theme: this.#theme }),
    );
    const pictures = create('div', { class: 'robots' }, ...this.#panels.map(({ element }) => element));
    this.#root.append(pictures, this.#toolbar());
    parent.append(this.#root);
    document.title = `${robots.map(({ robot }) => robot.env.name).join(', ')} · mikt watch`;
    document.addEventListener('keydown', (event) => this.#onKey(event));
    this.#scheme.addEventListener('change', () => this.#applyTheme());
    this.#applyTheme();
    this.#setPlaying(this.#playing);
    this.#reset();
    requestAnimationFrame((now) => this.#tick(now));
  }

  get #theme(): Theme {
    return this.#scheme.matches ? 'dark' : 'light';
  }

  get #sample(): boolean {
    return this.#actions.value === 'sample';
  }

  #applyTheme(): void {
    this.#root.dataset.theme = this.#theme;
    for (const { stage } of this.#panels) stage.setTheme(this.#theme);
  }

  #toolbar(): HTMLElement {
    const group = (...children: (Node | string)[]) => create('div', { class: 'group' }, ...children);
    const button = (text: string, title: string, onClick: () => void) => {
      const element = create('button', { type: 'button', title }, text);
      element.addEventListener('click', onClick);
      return element;
    };
    this.#seed.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') this.#reset();
    });
    const pushes = PUSHES.map(([key, sign, where, direction]) => {
      const element = button(sign, `Push ${where} (${key})`, () => this.#push(direction));
      element.setAttribute('aria-label', `Push ${where}`);
      return element;
    });
    const keys = create('dl', { class: 'keys' });
    for (const [key, what] of KEYS)
      keys.append(create('dt', {}, create('kbd', {}, key)), create('dd', {}, what));
    const keysButton = create('summary', {}, 'Keys');
    this.#keys.append(keysButton, create('div', {}, keys));
    return create(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Controls' },
      group(
        this.#playButton,
        iconButton('step', 'One step', () => this.#stepOnce()),
        this.#speedChoice,
        iconButton('camera', 'Reset the camera', () => this.#resetCamera()),
        this.#keys,
      ),
      group(
        create('label', { for: 'seed' }, 'Seed'),
        this.#seed,
        button('Reset', 'Start again with the first episode of this seed', () => this.#reset()),
        button('Next', 'Start the next episode', () => this.#next()),
      ),
      group(create('span', { 'aria-hidden': 'true' }, 'Actions'), this.#actions),
      group(create('span', {}, 'Push'), ...pushes, this.#strength),
    );
  }

  #tick(now: number): void {
    const seconds = Math.min(Math.max(now - this.#last, 0) / 1000, 0.25);
    this.#last = now;
    if (this.#playing) {
      this.#advance(seconds * this.#speed);
      for (const panel of this.#panels) this.#continueAfterEnd(panel, now);
      this.#show();
    }
    requestAnimationFrame((next) => this.#tick(next));
  }

  /** Takes the steps of this much simulated time, always of the robot that is most behind: they go side by side. */
  #advance(seconds: number): void {
    const deadline = performance.now() + BUDGET;
    for (const panel of this.#panels) panel.pass(seconds);
    for (;;) {
      const last = this.#panels.reduce((a, b) => (b.due > a.due ? b : a));
      if (last.due === 0) return;
      if (performance.now() > deadline) break;
      last.stepDue(this.#sample);
    }
    for (const panel of this.#panels) panel.forgetDue();
  }

  /** An episode's end stays on the screen for a moment, then the next one begins. */
  #continueAfterEnd(panel: RobotPanel, now: number): void {
    if (!panel.robot.ending) return;
    const since = this.#endedAt.get(panel) ?? now;
    this.#endedAt.set(panel, since);
    if (now - since < PAUSE_AT_END) return;
    this.#endedAt.delete(panel);
    panel.next();
  }

  #show(): void {
    for (const panel of this.#panels) panel.show(this.#playing);
  }

  #setPlaying(playing: boolean): void {
    this.#playing = playing;
    setButton(this.#playButton, playing ? 'pause' : 'play', playing ? 'Pause' : 'Play');
    this.#show();
  }

  #stepOnce(): void {
    for (const panel of this.#panels) panel.stepOnce(this.#sample);
    this.#setPlaying(false);
  }

  #reset(): void {
    const seed = Number(this.#seed.value);
    const allowed = this.#seed.value !== '' && Number.isSafeInteger(seed) && seed >= 0;
    this.#seed.setCustomValidity(allowed ? '' : 'A seed is a whole number from 0.');
    if (!this.#seed.reportValidity()) return;
    this.#endedAt.clear();
    for (const panel of this.#panels) panel.restart(seed);
    this.#show();
  }

  #next(): void {
    this.#endedAt.clear();
    for (const panel of this.#panels) panel.next();
    this.#show();
  }

  #push(direction: readonly [number, number]): void {
    for (const panel of this.#panels) panel.push(direction, Number(this.#strength.value));
    this.#show();
  }

  #resetCamera(): void {
    for (const { stage } of this.#panels) stage.resetCamera();
  }

  #onKey(event: KeyboardEvent): void {
    if (isTyping(event)) return;
    const push = PUSHES.find(([key]) => key === event.key);
    const actions: Record<string, () => void> = {
      ' ': () => this.#setPlaying(!this.#playing),
      '.': () => this.#stepOnce(),
      r: () => this.#reset(),
      n: () => this.#next(),
      m: () => {
        this.#actions.value = this.#sample ? 'mean' : 'sample';
      },
      '[': () => changeSpeed(this.#speedChoice, -1),
      ']': () => changeSpeed(this.#speedChoice, 1),
      c: () => this.#resetCamera(),
      Escape: () => {
        this.#keys.open = false;
      },
      ...(push ? { [push[0]]: () => this.#push(push[3]) } : {}),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
