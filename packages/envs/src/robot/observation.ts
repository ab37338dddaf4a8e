import { InvalidInputError, nearestName } from '@mikt/core';
import { entryNames, type Simulation } from '../mujoco.js';
import { bodyIndex, listSome, placeEntries, robotRoot, rootOf } from './kinematics.js';
import type { Range, RobotTask } from './task-keys.js';

/** Parts of an observation that a task asks for by one word. */
const OBSERVATION_PARTS = [
  ...(['positions', 'velocities', 'contactForces'] as const),
  ...(['activations', 'sensors', 'gravity'] as const),
] as const;
type PartName = (typeof OBSERVATION_PARTS)[number];

/** Entries that can be observed, with where their values come from. */
interface Source {
  readonly names: readonly string[];
  /** All values, in the order of `names`. */
  read(simulation: Simulation): Float64Array;
}

/** What a task's observation consists of. */
export interface Observer {
  readonly names: readonly string[];
  observe(simulation: Simulation): Float64Array;
}

/**
 * @param simulation in a state computed by `forward`
 * @throws InvalidInputError where the task asks for what the model does not have
 */
export function observer(task: RobotTask, simulation: Simulation): Observer {
  const sources = sourcesOf(task, simulation);
  const parts = task.observation.map((item) => partOf(item, task, simulation, sources));
  const names = parts.flatMap((part) => part.names);
  return {
    names,
    observe(current) {
      const read = new Map<Source, Float64Array>();
      const observation = new Float64Array(names.length);
      let at = 0;
      for (const { source, entries } of parts) {
        const values = read.get(source) ?? source.read(current);
        read.set(source, values);
        for (const entry of entries) observation[at++] = values[entry]!;
      }
      return observation;
    },
  };
}

/** A number within limits, an open end being null; what is not a number stays so. */
function clip(value: number, [low, high]: Range): number {
  if (low !== null && value < low) return low;
  return high !== null && value > high ? high : value;
}

/** Contact forces and torques on every body, the world included, within their limits. [6 * bodies] */
export function contactForces(simulation: Simulation, range: Range): Float64Array {
  return simulation.contactForces.map((force) => clip(force, range));
}

interface Part {
  readonly source: Source;
  readonly entries: readonly number[];
  readonly names: readonly string[];
}

function partOf(
  item: string,
  task: RobotTask,
  simulation: Simulation,
  sources: Readonly<Record<PartName, Source>>,
): Part {
  const part = (source: Source, entries: readonly number[]): Part => ({
    source,
    entries,
    names: entries.map((entry) => source.names[entry]!),
  });
  const word = OBSERVATION_PARTS.find((each) => each === item);
  if (word !== undefined) {
    const source = sources[word];
    const left = leftOut(word, task, simulation);
    const entries = [...source.names.keys()].filter((entry) => !left.has(entry));
    if (entries.length > 0) return part(source, entries);
    throw new InvalidInputError(
      `observation: the model has no ${WHAT[word]} to observe; leave "${word}" out.`,
    );
  }
  for (const source of Object.values(sources)) {
    const entries = [...source.names.keys()].filter((entry) => isEntryOf(source.names[entry]!, item));
    if (entries.length > 0) return part(source, entries);
  }
  throw unknownItem(item, sources);
}

const WHAT: Readonly<Record<PartName, string>> = {
  positions: 'positions',
  velocities: 'velocities',
  contactForces: 'bodies',
  activations: 'actuators with a state of their own',
  sensors: 'sensors',
  gravity: 'gravity',
};

/** `qpos/root` means all of its entries, `qpos/root/2` one of them. */
function isEntryOf(name: string, item: string): boolean {
  return name === item || name.startsWith(`${item}/`);
}

/** What a part does not have although its source does. */
function leftOut(part: PartName, task: RobotTask, simulation: Simulation): ReadonlySet<number> {
  // Nothing can touch the world's own body: its forces are always zero.
  if (part === 'contactForces') return new Set([0, 1, 2, 3, 4, 5]);
  if (part !== 'positions' || !task.excludeCurrentPositionsFromObservation) return new Set();
  const description = simulation.describe();
  const root = rootOf(description, bodyIndex(description, task.body, 'body')) ?? robotRoot(description);
  return placeEntries(simulation, root).horizontal;
}

function sourcesOf(task: RobotTask, simulation: Simulation): Record<PartName, Source> {
  const { qpos, qvel, contact } = simulation.names();
  const description = simulation.describe();
  const body = bodyIndex(description, task.body, 'body');
  const { velocityRange } = task;
  return {
    positions: { names: qpos, read: (current) => current.qpos },
    velocities: {
      names: qvel,
      read: ({ qvel: values }) =>
        velocityRange === null ? values : values.map((value) => clip(value, velocityRange)),
    },
    contactForces: { names: contact, read: (current) => contactForces(current, task.contactForceRange) },
    activations: { names: description.activations, read: (current) => current.activations },
    sensors: {
      names: description.sensors.flatMap(({ name, size }) => entryNames(`sensor/${name}`, size)),
      read: (current) => current.sensorReadings,
    },
    gravity: {
      names: entryNames('gravity', 3),
      // The world's downward axis in the body's frame: the last row of its rotation matrix, turned round.
      read: ({ bodyRotations }) => Float64Array.of(...[6, 7, 8].map((k) => -bodyRotations[9 * body + k]!)),
    },
  };
}

function unknownItem(item: string, sources: Readonly<Record<PartName, Source>>): InvalidInputError {
  const entries = Object.values(sources).flatMap(({ names }) => names);
  const whole = [...new Set(entries.map((entry) => entry.split('/').slice(0, 2).join('/')))];
  const nearest = nearestName(item, [...OBSERVATION_PARTS, ...whole]);
  return new InvalidInputError(
    `observation: there is nothing called "${item}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`} ` +
      `It takes ${OBSERVATION_PARTS.join(', ')}, and entries by name: ${listSome(whole)}.`,
    { code: 'unknown-name' },
  );
}
