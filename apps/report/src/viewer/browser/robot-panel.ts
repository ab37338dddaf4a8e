import type { Policy } from '@mikt/algos';
import type { Vector3 } from '@mikt/envs/scene';
import { hex, ROBOTS, type Theme } from '../palette.js';
import { create, formatCount, formatNumber } from './elements.js';
import type { LiveRobot } from './live-robot.js';
import { RewardBars } from './reward-bars.js';
import { Stage } from './stage.js';

export interface PanelOptions {
  /** What the robot is to the viewer, e.g. `Teacher`. */
  readonly role: string;
  /** Where its policy comes from, as it was given. */
  readonly source: string;
  /** Weights of its lateral connections by the names of their columns; empty where it acts alone. */
  readonly mixing: Readonly<Record<string, number>>;
  readonly colours: keyof typeof ROBOTS;
  readonly theme: Theme;
  /** Where the page has a heading above the robots' (default: h1). */
  readonly heading?: 'h1' | 'h3';
  /** Leaves out the reward's parts and the episodes before. */
  readonly brief?: boolean;
  /** What is said of the policy; by default where it comes from, and how it was trained. */
  readonly describe?: (policy: Policy) => string;
}

/** Milliseconds for which a push is shown, though it is shorter. */
const ARROW = 500;

/** One robot that acts: its picture and what it earns. */
export class RobotPanel {
  readonly element: HTMLElement;
  readonly robot: LiveRobot;
  readonly stage: Stage;
  readonly #bars: RewardBars | undefined;
  readonly #describe: (policy: Policy) => string;
  readonly #description = create('p');
  readonly #return = create('dd', { 'data-reading': 'return' });
  readonly #step = create('dd', { 'data-reading': 'step' });
  readonly #episode = create('dd', { 'data-reading': 'episode' });
  readonly #finished = create('dd', { 'data-reading': 'finished' });
  readonly #banner = create('p', { class: 'banner' });
  /** Steps not yet taken of the time that has passed. */
  #owed = 0;
  /** Until when the arrow of a push stays, of `performance.now()`. */
  #arrowUntil = 0;

  constructor(
    robot: LiveRobot,
    { role, source, mixing, colours, theme, heading = 'h1', brief = false, describe }: PanelOptions,
  ) {
    const { env } = robot;
    this.robot = robot;
    this.#describe = describe ?? (({ algo, ...policy }) => `${source}: ${algo}${describeTraining(policy)}`);
    this.#description.textContent = this.#describe(robot.policy);
    this.stage = new Stage(robot.scene, {
      theme,
      label: `${role}: ${env.name}, in three dimensions`,
      colours: ROBOTS[colours],
    });
    // Where robots fall every few seconds, nobody wants to hear of it.
    if (!brief) this.#banner.setAttribute('role', 'status');
    this.stage.element.append(this.#banner);
    this.#bars = brief ? undefined : new RewardBars(env.rewardParts);
    const swatch = create('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = hex(ROBOTS[colours].torso);
    this.element = create(
      'section',
      { class: 'robot', 'aria-label': `${role}: ${env.name}` },
      create('header', {}, create(heading, {}, swatch, `${role}: ${env.name}`), this.#description),
      this.stage.element,
      create(
        'div',
        { class: 'readings' },
        create(
          'dl',
          { class: 'facts' },
          ...(
            [
              ['Return', this.#return],
              ['Step', this.#step],
              ['Episode', this.#episode],
              ...(brief ? [] : [['Finished', this.#finished] as const]),
            ] as const
          ).map(([name, value]) => create('div', {}, create('dt', {}, name), value)),
        ),
        ...(this.#bars ? [this.#bars.element] : []),
        ...mixingRows(mixing),
      ),
    );
  }

  /** Lets the robot go on with a newer policy of its own, from where it stands. */
  setPolicy(policy: Policy): void {
    this.robot.setPolicy(policy);
    this.#description.textContent = this.#describe(policy);
  }

  /** Lets simulated time pass, for which steps are due. Nothing is due to an episode that is over. */
  pass(seconds: number): void {
    this.#owed = this.robot.ending ? 0 : this.#owed + seconds / this.robot.env.dt;
  }

  /** Seconds of simulated time by which the robot is behind; 0 where no whole step is due. */
  get due(): number {
    return this.#owed >= 1 && !this.robot.ending ? this.#owed * this.robot.env.dt : 0;
  }

  /** Takes a step that is due. */
  stepDue(sample: boolean): void {
    this.robot.step(sample);
    this.#owed--;
  }

  /** Lets go of what is due: a machine that cannot keep up does not fall behind ever further. */
  forgetDue(): void {
    this.#owed %= 1;
  }

  /** Takes exactly one step. */
  stepOnce(sample: boolean): void {
    this.#owed = 0;
    this.robot.step(sample);
  }

  restart(seed: number): void {
    this.#owed = 0;
    this.robot.restart(seed);
  }

  next(): void {
    this.#owed = 0;
    this.robot.next();
  }

  /** @param direction as seen in the picture, in the ground plane: [to the right, away from the viewer] */
  push([right, away]: readonly [number, number], speed: number): void {
    const [cos, sin] = [Math.cos(this.stage.azimuth), Math.sin(this.stage.azimuth)];
    const direction: Vector3 = [-sin * right - cos * away, cos * right - sin * away, 0];
    this.robot.push(direction, speed);
    this.stage.setPush(direction);
    this.#arrowUntil = performance.now() + ARROW;
  }

  /** Draws the robot. @param isPlaying whether time goes on between steps; otherwise it is where its last step ended */
  show(isPlaying: boolean): void {
    const { robot } = this;
    if (!robot.isPushed && performance.now() > this.#arrowUntil) this.stage.setPush(undefined);
    this.stage.show(robot.positions(isPlaying && !robot.ending ? Math.min(this.#owed, 1) : 1));
    this.#return.textContent = formatNumber(robot.return);
    this.#return.title = String(robot.return);
    this.#step.textContent = `${formatCount(robot.steps)} of ${formatCount(robot.env.maxEpisodeSteps)}`;
    this.#episode.textContent = formatCount(robot.episode + 1);
    const { finished } = robot;
    const mean = finished.reduce((sum, episode) => sum + episode.return, 0) / finished.length;
    this.#finished.textContent =
      finished.length === 0 ? 'none' : `${formatCount(finished.length)}, mean return ${formatNumber(mean)}`;
    this.#bars?.show(robot.parts);
    const text = endingText(robot);
    if (this.#banner.textContent !== text) this.#banner.textContent = text;
  }

  dispose(): void {
    this.stage.dispose();
    this.robot.dispose();
    this.element.remove();
  }
}

/** How far a policy was trained, to be put behind what trained it. */
export function describeTraining({ steps, coupled }: Pick<Policy, 'steps' | 'coupled'>): string {
  const trained = steps === null ? '' : ` after ${formatCount(steps)} steps`;
  return `${trained}${coupled ? ', still leaning on its teacher' : ''}`;
}

function endingText({ ending, steps, return: total }: LiveRobot): string {
  if (!ending) return '';
  const why = ending === 'terminated' ? 'Terminated' : 'Truncated';
  return `${why} after ${formatCount(steps)} steps: return ${formatNumber(total)}`;
}

/** `mixing/policy/1` reads "policy, layer 1"; a teacher's own share has its name behind it. */
function mixingRows(mixing: Readonly<Record<string, number>>): HTMLElement[] {
  const entries = Object.entries(mixing);
  if (entries.length === 0) return [];
  const several = entries.some(([column]) => column.split('/').length > 3);
  const summary = `Mixing weights: the student’s own share${several ? ', and each teacher’s' : ''}`;
  const list = create('dl', { class: 'mixing', 'aria-label': 'Mixing weights' });
  for (const [column, weight] of entries) {
    const [, network, layer, teacher] = column.split('/');
    const bar = create('span', { class: 'bar' });
    bar.style.width = `${100 * weight}%`;
    const name = `${network}, layer ${layer}${teacher === undefined ? '' : `: ${teacher}`}`;
    list.append(
      create(
        'div',
        {},
        create('dt', { title: name }, name),
        create(
          'dd',
          {},
          create('span', { class: 'track', 'aria-hidden': 'true' }, bar),
          create('span', { class: 'value' }, formatNumber(weight, 3)),
        ),
      ),
    );
  }
  return [create('details', { open: true }, create('summary', {}, summary), list)];
}
