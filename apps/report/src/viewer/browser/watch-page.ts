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
import { Playback } from './playback.js';
import { RobotPanel } from './robot-panel.js';

export interface WatchedRobot {
  readonly role: string;
  readonly source: string;
  readonly robot: LiveRobot;
  readonly mixing: Readonly<Record<string, number>>;
}

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
  readonly #panels: readonly RobotPanel[];
  readonly #playback = new Playback(!prefersStillness());
  readonly #playButton = iconButton('pause', 'Pause', () => this.#setPlaying(!this.#playback.playing));
  readonly #seed = create('input', { type: 'number', id: 'seed', min: 0, step: 1, value: 0 });
  readonly #actions = choice(
    'Actions',
    [
      ['mean', 'Mean'],
      ['sample', 'Sampled'],
    ],
    'mean',
    () => this.#setSample(),
  );
  readonly #speedChoice = speedChoice((speed) => {
    this.#playback.speed = speed;
  });
  readonly #strength = choice(
    'Strength of a push: the change of speed of a free robot',
    [0.5, 1, 2, 4].map((speed) => [String(speed), `${speed} m/s`] as const),
    '1',
    () => {},
  );
  readonly #keys = create('details');
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');

  constructor(parent: HTMLElement, robots: readonly WatchedRobot[], { seed, sample }: WatchSettings) {
    this.#seed.value = String(seed);
    this.#actions.value = sample ? 'sample' : 'mean';
    this.#setSample();
    this.#panels = robots.map(
      ({ robot, ...described }, i) =>
        new RobotPanel(robot, { ...described, colours: i === 0 ? 'first' : 'second', theme: this.#theme }),
    );
    this.#playback.panels = this.#panels;
    const pictures = create('div', { class: 'robots' }, ...this.#panels.map(({ element }) => element));
    this.#root.append(pictures, this.#toolbar());
    parent.append(this.#root);
    document.title = `${robots.map(({ robot }) => robot.env.name).join(', ')} · mikt watch`;
    document.addEventListener('keydown', (event) => this.#onKey(event));
    this.#scheme.addEventListener('change', () => this.#applyTheme());
    this.#applyTheme();
    this.#setPlaying(this.#playback.playing);
    this.#reset();
  }

  get #theme(): Theme {
    return this.#scheme.matches ? 'dark' : 'light';
  }

  #setSample(): void {
    this.#playback.sample = this.#actions.value === 'sample';
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
        button('Next', 'Start the next episode', () => this.#playback.next()),
      ),
      group(create('span', { 'aria-hidden': 'true' }, 'Actions'), this.#actions),
      group(create('span', {}, 'Push'), ...pushes, this.#strength),
    );
  }

  #setPlaying(playing: boolean): void {
    setButton(this.#playButton, playing ? 'pause' : 'play', playing ? 'Pause' : 'Play');
    this.#playback.playing = playing;
  }

  #stepOnce(): void {
    this.#playback.stepOnce();
    this.#setPlaying(false);
  }

  #reset(): void {
    const seed = Number(this.#seed.value);
    const allowed = this.#seed.value !== '' && Number.isSafeInteger(seed) && seed >= 0;
    this.#seed.setCustomValidity(allowed ? '' : 'A seed is a whole number from 0.');
    if (this.#seed.reportValidity()) this.#playback.restart(seed);
  }

  #push(direction: readonly [number, number]): void {
    for (const panel of this.#panels) panel.push(direction, Number(this.#strength.value));
    this.#playback.show();
  }

  #resetCamera(): void {
    for (const { stage } of this.#panels) stage.resetCamera();
  }

  #onKey(event: KeyboardEvent): void {
    if (isTyping(event)) return;
    const push = PUSHES.find(([key]) => key === event.key);
    const actions: Record<string, () => void> = {
      ' ': () => this.#setPlaying(!this.#playback.playing),
      '.': () => this.#stepOnce(),
      r: () => this.#reset(),
      n: () => this.#playback.next(),
      m: () => {
        this.#actions.value = this.#playback.sample ? 'mean' : 'sample';
        this.#setSample();
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
