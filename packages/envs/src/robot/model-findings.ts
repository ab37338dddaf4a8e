import type { ModelDescription } from '../model-description.js';
import type { Simulation } from '../mujoco.js';
import type { Task } from '../tasks/task.js';
import { robotControls } from './controls.js';
import { bodyIndex, heightEntry, heightOf, listSome, rootOf } from './kinematics.js';
import { keyframeIndex } from './resolve-task.js';
import type { RobotTask } from './task-keys.js';

/** Something about a robot. */
export interface RobotFinding {
  /** A problem keeps it from being trained; a warning may be meant so. */
  readonly severity: 'problem' | 'warning';
  /** A sentence or two: what is there, and what to do. */
  readonly text: string;
}

/** What the model shows. */
export interface ModelFinding extends RobotFinding {
  /** Whether no episode can begin because of it. */
  readonly preventsStart: boolean;
}

type Report = (severity: RobotFinding['severity'], text: string, preventsStart?: boolean) => void;

/** Metres by which shapes may overlap at the start. */
const OVERLAP = 0.01;
const LONG_TIMESTEP = 0.02;
const CONTROL_STEP = { least: 0.004, most: 0.1 };
/** Physics steps for which each control is tried. */
const TRIAL = 10;
/** Velocity, in m/s or rad/s, that a control must change to count as doing something. */
const EFFECT = 1e-9;

/** What the model and the task say by themselves, before an episode is run. */
export function findInModel(settings: RobotTask, task: Task, simulation: Simulation): ModelFinding[] {
  const findings: ModelFinding[] = [];
  const report: Report = (severity, text, preventsStart = false) =>
    void findings.push({ severity, text, preventsStart });
  const description = simulation.describe();
  findInTime(description, settings, report);
  findInControls(description, settings, report);
  findInRoot(simulation, settings, report);
  const start = () => {
    simulation.reset(keyframeIndex(description, settings.start));
    simulation.forward();
  };
  start();
  findAtStart(settings, task, simulation, report);
  findIdleControls(settings, simulation, start, report);
  findInNames(description, report);
  if (description.activations.length > 0 && !settings.observation.includes('activations')) {
    report(
      'warning',
      'the actuators have states of their own (act) that the policy does not see; add "activations" to observation.',
    );
  }
  return findings;
}

function findInTime({ timestep }: ModelDescription, { frameSkip }: RobotTask, report: Report): void {
  const dt = timestep * frameSkip;
  if (!(timestep > 0)) {
    report(
      'problem',
      `the model's timestep is ${timestep} s: no time passes. Give <option timestep="0.002"/>.`,
      true,
    );
    return;
  }
  if (timestep > LONG_TIMESTEP) {
    report(
      'warning',
      `the model's timestep of ${timestep} s is long: contacts become soft and motions wrong or unstable. Usual are 0.002 to 0.01 s.`,
    );
  }
  if (dt < CONTROL_STEP.least || dt > CONTROL_STEP.most) {
    const rate = Number((1 / dt).toPrecision(3));
    report(
      'warning',
      `the policy acts ${rate} times per second, which is ${dt < CONTROL_STEP.least ? 'much, and learning gets slow' : 'little to keep a robot on its legs'}; ` +
        'set frameSkip or controlHz. Usual are 20 to 125.',
    );
  }
}

function findInControls({ controls }: ModelDescription, { rescaleActions }: RobotTask, report: Report): void {
  if (controls.length === 0) {
    report(
      'problem',
      'the model has no actuators: nothing that a policy does would move it. Give it an <actuator> section with one for ' +
        'each joint to be driven, such as <motor joint="knee" gear="100" ctrlrange="-1 1"/>. (A URDF file has none: ' +
        'save it as MJCF with MuJoCo and add them.)',
    );
    return;
  }
  const unlimited = controls.filter(({ low, high }) => !Number.isFinite(low) || !Number.isFinite(high));
  if (unlimited.length > 0) {
    report(
      'warning',
      `${countOf(unlimited.length, 'control')} without limits: ${listSome(unlimited.map(({ name }) => name))}. Actions go to them ` +
        'as they are, and a policy begins with actions of about ±1, whatever that means to them; give a ctrlrange, ' +
        'and actions are scaled to it.',
    );
  }
  const odd = rescaleActions
    ? []
    : controls.filter(
        ({ low, high }) => Number.isFinite(high - low) && (high - low > 20 || high - low < 0.2),
      );
  if (odd.length > 0) {
    report(
      'warning',
      `with rescaleActions: false, actions of about ±1, with which a policy begins, do not fit the limits of ` +
        `${listSome(odd.map(({ name, low, high }) => `${name} [${low}, ${high}]`))}; leave rescaleActions out.`,
    );
  }
}

/** Whether the rewarded body can go anywhere along the direction. */
function findInRoot(simulation: Simulation, { body, direction }: RobotTask, report: Report): void {
  const description = simulation.describe();
  const root = rootOf(description, bodyIndex(description, body, 'body'));
  if (root === undefined) {
    report(
      'problem',
      `the body "${body}" cannot move at all: no joint is between it and the world. Give the robot's root body a ` +
        '<freejoint/>, or another body with "body".',
    );
    return;
  }
  const joints = description.joints
    .map((joint, i) => ({ joint, i }))
    .filter(({ joint }) => joint.body === root);
  const goes = joints.some(({ joint, i }) => {
    if (joint.type === 'free') return true;
    const axis = simulation.jointAxis(i);
    return (
      joint.type === 'slide' && Math.abs(axis.reduce((sum, part, k) => sum + part * direction[k]!, 0)) > 1e-6
    );
  });
  if (goes) return;
  report(
    'problem',
    `nothing can move forward: the root body "${description.bodies[root]!.name}" is fixed to the world but for its ` +
      'hinges. Give it a <freejoint/>, or a slide along the direction for a robot that moves in a plane.',
  );
}

function findAtStart(settings: RobotTask, task: Task, simulation: Simulation, report: Report): void {
  if (!simulation.isFinite()) {
    report(
      'problem',
      'the robot’s start is not finite: its model has numbers that are none, or shapes without mass.',
      true,
    );
    return;
  }
  if (task.isTerminated(simulation)) {
    report('problem', `the robot is unhealthy as it starts: ${whyUnhealthy(settings, simulation)}.`, true);
  }
  const overlap = simulation.deepestOverlap();
  if (overlap > OVERLAP) {
    report(
      'warning',
      `shapes overlap by ${Number(overlap.toPrecision(2))} m at the start, which throws the robot about; start it higher, ` +
        'or exclude the pair of bodies with <contact><exclude/></contact>.',
    );
  }
}

function whyUnhealthy({ healthyBodies, healthyZRange }: RobotTask, simulation: Simulation): string {
  const description = simulation.describe();
  const [low, high] = healthyZRange ?? [null, null];
  for (const name of healthyZRange ? healthyBodies : []) {
    const body = bodyIndex(description, name, 'healthyBodies');
    const entry = heightEntry(simulation, body);
    const height = entry === undefined ? heightOf(simulation, body) : simulation.qpos[entry]!;
    if (height >= (low ?? Number.NEGATIVE_INFINITY) && height <= (high ?? Number.POSITIVE_INFINITY)) continue;
    return (
      `"${name}" is ${Number(height.toFixed(3))} m high, and healthyZRange is ${JSON.stringify(healthyZRange)}; ` +
      'change the range, or the start'
    );
  }
  return 'look at healthyAngleRange, healthyTilt, healthyJointRanges and healthyStateRange';
}

/** Controls whose two ends lead to the same. */
function findIdleControls(
  settings: RobotTask,
  simulation: Simulation,
  start: () => void,
  report: Report,
): void {
  const { controls } = simulation.describe();
  const { neutral } = robotControls(settings, simulation);
  const velocities = (control: number, value: number) => {
    start();
    const set = neutral.slice();
    set[control] = value;
    simulation.step(set, TRIAL);
    return simulation.qvel.slice();
  };
  const idle = controls.filter(({ low, high }, i) => {
    const down = velocities(i, Math.max(low, -1e3));
    const up = velocities(i, Math.min(high, 1e3));
    return down.every((value, k) => Math.abs(value - up[k]!) < EFFECT);
  });
  start();
  if (idle.length > 0) {
    report(
      'warning',
      `${countOf(idle.length, 'control')} that move nothing: ${listSome(idle.map(({ name }) => name))}; look at their gear, and ` +
        'at what they are attached to.',
    );
  }
}

function findInNames({ joints }: ModelDescription, report: Report): void {
  const nameless = joints.filter(({ isNamed }) => !isNamed).length;
  if (nameless === 0 || joints.length === 1) return;
  report(
    'warning',
    `${countOf(nameless, 'joint')} without a name, called by ${nameless === 1 ? 'its index' : 'their indices'} here. A transfer that begins by ` +
      'name (--preset matched) takes two joints of one name for the same part, so name them.',
  );
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
