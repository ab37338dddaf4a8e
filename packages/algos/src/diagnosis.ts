import type { EnvSpaces } from '@mikt/core';
import type { Variables } from '@mikt/graph';
import type { ParameterLayout } from '@mikt/nets';
import type { NamedTensors } from '@mikt/runs';
import type { Agent } from './agent.js';
import type { RunConfig } from './config.js';
import { findNonFinite, type NonFinite, type NonFiniteStep, type NonFiniteTerm } from './non-finite.js';
import { gradientNames } from './ppo/gradients.js';
import { gradientName, STATE } from './ppo/update.js';
import { type Rollout, rowSizes } from './rollout.js';

/** What was trained when a number stopped being finite. */
export interface Scene {
  readonly config: RunConfig;
  readonly agent: Agent;
  readonly variables: Variables;
  readonly rollout: Rollout;
  /** Rows of the rollout, minibatch after minibatch. */
  readonly order: Uint32Array;
  readonly spaces: EnvSpaces;
}

/** What broke first, where, and the numbers that it broke on. */
export interface Diagnosis {
  /** A sentence's beginning, such as `the reward became NaN in step 3 of 256 of environment 1 of 8 (Ant)`. */
  readonly sentence: string;
  /** The step, or the minibatch. */
  readonly tensors: NamedTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Culprit {
  readonly what: string;
  readonly value: number;
  readonly minibatch: number;
}

/**
 * What broke first, for a term of the loss only shows it: parameters and batch are looked through, in the order in
 * which the term is computed from them.
 */
export function diagnose(found: NonFinite, scene: Scene): Diagnosis {
  if (found.kind === 'step') return diagnoseStep(found, scene);
  const { minibatch } = found;
  if (minibatch === undefined) {
    const { what, value } = found as Extract<NonFinite, { kind: 'state' }>;
    return {
      sentence: `${what} became ${value}`,
      tensors: rolloutTensors(scene, everyRow(scene)),
      metadata: { what, value: String(value) },
    };
  }
  const culprit = found.kind === 'term' ? findCulprit(found, scene) : { ...found, minibatch };
  const { epochs, minibatches } = scene.config;
  const epoch = Math.floor(culprit.minibatch / minibatches);
  const index = culprit.minibatch % minibatches;
  return {
    sentence:
      `${culprit.what} became ${culprit.value} in minibatch ${index + 1} of ${minibatches} of epoch ${epoch + 1} ` +
      `of ${epochs}`,
    tensors: rolloutTensors(scene, minibatchRows(scene, culprit.minibatch)),
    metadata: {
      what: culprit.what,
      value: String(culprit.value),
      epoch: String(epoch + 1),
      minibatch: String(index + 1),
    },
  };
}

/** The name of an entry of one of an optimiser's flat vectors. */
export function nameOfEntry(layout: ParameterLayout, vector: string, entry: number): string {
  const spec = layout.specs.findLast(({ name }) => layout.offset(name) <= entry)!;
  const name = `${spec.name}[${entry - layout.offset(spec.name)}]`;
  if (vector === 'parameters') return `parameter ${name}`;
  return `Adam's ${vector === 'firstMoment' ? 'first' : 'second'} moment of ${name}`;
}

function diagnoseStep({ what, value, env, t, ...step }: NonFiniteStep, { config }: Scene): Diagnosis {
  const { envs, stepsPerUpdate } = config;
  const vector = (data: Float64Array | Float32Array) => ({ shape: [data.length], data });
  return {
    sentence:
      `${what} became ${value} in step ${t + 1} of ${stepsPerUpdate / envs} of environment ${env + 1} of ${envs} ` +
      `(${config.env})`,
    tensors: {
      observation: vector(step.observation),
      action: vector(step.action),
      ...(step.after
        ? {
            reward: vector(Float64Array.of(step.after.reward)),
            nextObservation: vector(step.after.observation),
          }
        : {}),
    },
    metadata: { what, value: String(value), environment: String(env + 1), step: String(t + 1) },
  };
}

function findCulprit({ term, value, minibatch, shard }: NonFiniteTerm, scene: Scene): Culprit {
  // The optimiser's own term comes after the parameters have been overwritten with what it is made of.
  const culprit =
    shard === undefined ? brokenGradient(scene) : (brokenVariable(scene) ?? brokenRow(scene, minibatch));
  if (!culprit) return { what: term, value, minibatch };
  // What the parameters are was made by the minibatch before.
  return { ...culprit, minibatch: culprit.isBefore ? Math.max(minibatch - 1, 0) : minibatch };
}

interface Found {
  readonly what: string;
  readonly value: number;
  readonly isBefore?: boolean;
}

function brokenGradient({ agent, config, spaces, variables }: Scene): Found | undefined {
  for (const loss of gradientNames(agent, rowSizes(spaces), config)) {
    for (let shard = 0; shard < config.gradientShards; shard++) {
      const values = variables.read(gradientName(loss, shard));
      const at = findNonFinite(values);
      if (at < 0) continue;
      const of = nameOfEntry(agent.layout, 'parameters', at);
      return { what: `the gradient of ${of}`, value: values[at]! };
    }
  }
  return undefined;
}

function brokenVariable({ agent, variables }: Scene): Found | undefined {
  for (const vector of STATE) {
    const values = variables.read(vector);
    const at = findNonFinite(values);
    if (at >= 0) return { what: nameOfEntry(agent.layout, vector, at), value: values[at]!, isBefore: true };
  }
  return undefined;
}

function brokenRow(scene: Scene, minibatch: number): Found | undefined {
  const length = scene.config.stepsPerUpdate / scene.config.envs;
  for (const { name, data, width } of columnsOf(scene)) {
    for (const row of minibatchRows(scene, minibatch)) {
      const at = findNonFinite(data.subarray(row * width, (row + 1) * width));
      if (at < 0) continue;
      const entry = width > 1 ? `entry ${at} of ` : '';
      const place = `step ${(row % length) + 1} of environment ${Math.floor(row / length) + 1}`;
      return { what: `${entry}${name} in ${place}`, value: data[row * width + at]! };
    }
  }
  return undefined;
}

interface Column {
  readonly key: keyof Rollout;
  readonly name: string;
  readonly data: Float32Array | Float64Array;
  readonly width: number;
}

/** The columns of a rollout, those first that others are computed from. */
function columnsOf({ rollout, spaces }: Scene): Column[] {
  const [observation, action] = [spaces.observation.size, spaces.action.size];
  const column = (key: keyof Rollout, name: string, width = 1): Column => ({
    key,
    name,
    data: rollout[key],
    width,
  });
  return [
    column('rawObservations', 'the observation', observation),
    column('observations', 'the normalised observation', observation),
    column('actions', 'the action', action),
    column('logProbabilities', "the action's log-probability"),
    column('values', "the state's value"),
    column('returns', "the value function's target"),
    column('advantages', 'the advantage'),
  ];
}

function minibatchRows({ config, order }: Scene, minibatch: number): Uint32Array {
  const rows = config.stepsPerUpdate / config.minibatches;
  return order.subarray(minibatch * rows, (minibatch + 1) * rows);
}

function everyRow({ config }: Scene): Uint32Array {
  return Uint32Array.from({ length: config.stepsPerUpdate }, (_, row) => row);
}

/** Rows of the rollout, as they were collected: advantages are not normalised. */
function rolloutTensors(scene: Scene, rows: Uint32Array): NamedTensors {
  const tensors = columnsOf(scene).map(({ key, data, width }) => {
    const chosen = data.slice(0, rows.length * width);
    rows.forEach((row, i) => {
      chosen.set(data.subarray(row * width, (row + 1) * width), i * width);
    });
    return [key, { shape: width > 1 ? [rows.length, width] : [rows.length], data: chosen }] as const;
  });
  return { rows: { shape: [rows.length], data: rows.slice() }, ...Object.fromEntries(tensors) };
}
