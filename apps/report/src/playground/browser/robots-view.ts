import { type Policy, policyFromCheckpoint } from '@mikt/algos';
import type { Engine } from '@mikt/graph';
import { decodeCheckpoint } from '@mikt/runs/reader';
import {
  create,
  iconButton,
  prefersStillness,
  setButton,
  speedChoice,
} from '../../viewer/browser/elements.js';
import { LiveRobot } from '../../viewer/browser/live-robot.js';
import { Playback } from '../../viewer/browser/playback.js';
import { describeTraining, RobotPanel } from '../../viewer/browser/robot-panel.js';
import type { Theme } from '../../viewer/palette.js';

/** A policy to be seen. */
export interface SeenPolicy {
  /** The same of one robot's policies, of which the newest acts. */
  readonly key: string;
  /** Where it is from, in a few words. */
  readonly source: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Seed of the episodes that are shown. */
const SEED = 0;

/** The student as it is by now, and its teacher beside it. */
export class RobotsView {
  readonly element: HTMLElement;
  readonly #playback = new Playback(!prefersStillness());
  readonly #places: Readonly<Record<'student' | 'teacher', Place>>;

  constructor(engine: Engine, theme: Theme) {
    const changed = () => {
      this.#playback.panels = Object.values(this.#places).flatMap(({ panel }) => panel ?? []);
      this.#playback.show();
    };
    const place = (role: 'Student' | 'Teacher', empty: string) =>
      new Place(role, empty, engine, theme, changed);
    this.#places = {
      student: place('Student', 'The student walks here as soon as a training begins.'),
      teacher: place('Teacher', ''),
    };
    const { student, teacher } = this.#places;
    this.element = create(
      'div',
      {},
      create('div', { class: 'head' }, create('h2', {}, 'Robots'), this.#toolbar()),
      create('div', { class: 'robots' }, student.element, teacher.element),
    );
  }

  /** Shows policies; undefined leaves a place empty. They are seen as soon as they are loaded. */
  show(policies: Readonly<Record<'student' | 'teacher', SeenPolicy | undefined>>): void {
    this.#places.student.show(policies.student);
    this.#places.teacher.show(policies.teacher);
  }

  setTheme(theme: Theme): void {
    for (const place of Object.values(this.#places)) place.setTheme(theme);
  }

  #toolbar(): HTMLElement {
    const button = iconButton('pause', '', () => setPlaying(!this.#playback.playing));
    const setPlaying = (playing: boolean) => {
      this.#playback.playing = playing;
      setButton(button, playing ? 'pause' : 'play', playing ? 'Pause the robots' : 'Let the robots walk');
    };
    setPlaying(this.#playback.playing);
    return create(
      'div',
      { class: 'robot-tools', role: 'group', 'aria-label': 'Robots' },
      button,
      speedChoice((speed) => {
        this.#playback.speed = speed;
      }),
      iconButton('camera', 'Reset the camera', () => {
        for (const { panel } of Object.values(this.#places)) panel?.stage.resetCamera();
      }),
    );
  }
}

/** Where one of the robots is. */
class Place {
  readonly element: HTMLElement;
  panel: RobotPanel | undefined;
  readonly #role: 'Student' | 'Teacher';
  readonly #message: HTMLElement;
  /** What stands there instead of a robot; a place without it is seen only with one. */
  readonly #empty: string;
  readonly #engine: Engine;
  readonly #onChange: () => void;
  #theme: Theme;
  #shown: SeenPolicy | undefined;
  #wanted: SeenPolicy | undefined;
  #working: Promise<void> | undefined;

  constructor(
    role: 'Student' | 'Teacher',
    empty: string,
    engine: Engine,
    theme: Theme,
    onChange: () => void,
  ) {
    this.#role = role;
    this.#empty = empty;
    this.#engine = engine;
    this.#theme = theme;
    this.#onChange = onChange;
    this.#message = create('p', { class: 'empty' }, empty);
    this.element = create('div', { class: 'place' }, this.#message);
  }

  show(policy: SeenPolicy | undefined): void {
    if (policy?.key === this.#wanted?.key && policy?.bytes === this.#wanted?.bytes) return;
    this.#wanted = policy;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.panel?.stage.setTheme(theme);
  }

  /** Loads what is wanted, until nothing newer is. */
  async #work(): Promise<void> {
    while (this.#shown !== this.#wanted) {
      const wanted = this.#wanted;
      try {
        await this.#exchange(wanted);
      } catch (error) {
        this.#clear();
        this.#message.textContent = `The ${this.#role.toLowerCase()} cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
      }
      this.#shown = wanted;
      this.#onChange();
    }
  }

  async #exchange(wanted: SeenPolicy | undefined): Promise<void> {
    this.element.hidden = !wanted && this.#empty === '';
    if (!wanted) {
      this.#clear();
      this.#message.textContent = this.#empty;
      return;
    }
    const { key, source, bytes } = wanted;
    const policy = policyFromCheckpoint(decodeCheckpoint(bytes, source), this.#engine, source);
    if (this.panel && this.#shown?.key === key) {
      this.panel.setPolicy(policy);
      return;
    }
    const robot = await createRobot(policy);
    this.#clear();
    robot.restart(SEED);
    this.panel = new RobotPanel(robot, {
      ...{ role: this.#role, source, mixing: {}, theme: this.#theme, heading: 'h3', brief: true },
      describe: (policy) => `${source}${describeTraining(policy)}`,
      colours: this.#role === 'Student' ? 'first' : 'second',
    });
    this.#message.remove();
    this.element.append(this.panel.element);
  }

  #clear(): void {
    this.panel?.dispose();
    this.panel = undefined;
    this.element.replaceChildren(this.#message);
  }
}

/** @throws MiktError where this page cannot make the robot that the policy is of */
async function createRobot(policy: Policy): Promise<LiveRobot> {
  try {
    const robot = await LiveRobot.create(policy);
    const { observation, action } = robot.env.spaces;
    if (observation.size === policy.observationSize && action.size === policy.actionSize) return robot;
    robot.env.dispose();
    throw new Error(
      `it has ${policy.observationSize} observations and ${policy.actionSize} actions, ${policy.env} has ${observation.size} and ${action.size} here.`,
    );
  } catch (error) {
    policy.dispose();
    throw error;
  }
}
