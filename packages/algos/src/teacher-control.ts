import { Rng } from '@mikt/core';
import { ActorCritic, ParameterLayout, type ParameterValues } from '@mikt/nets';
import type { Teacher } from './teacher.js';

/**
 * What a teacher's networks hold. All but `trained` are controls: they tell what the teacher's knowledge gives from
 * what its mere presence gives.
 *
 * - `trained`: what it learned
 * - `shuffled`: the entries of every layer's weights and biases in random order: its scale without its knowledge
 * - `random`: first weights, frozen
 */
export type FrozenTeacherWeights = 'trained' | 'shuffled' | 'random';

/**
 * The teacher with its networks as a control wants them; the same for the same seed.
 * @param index of the teacher among a run's teachers
 */
export function controlTeacher(
  teacher: Teacher,
  weights: FrozenTeacherWeights,
  seed: number,
  index: number,
): Teacher {
  if (weights === 'trained') return teacher;
  const rng = Rng.fromSeed(seed).fork('teacher').fork(index);
  const layout = new ParameterLayout(new ActorCritic(teacher.sizes).specs);
  const parameters =
    weights === 'random' ? layout.unpack(layout.initialise(rng)) : shuffled(teacher.parameters, rng);
  return { ...teacher, parameters };
}

function shuffled(parameters: ParameterValues, rng: Rng): ParameterValues {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => {
      const order = Uint32Array.from(data.keys());
      rng.fork(name).shuffle(order);
      return [name, { shape, data: Float32Array.from(order, (i) => data[i]!) }];
    }),
  );
}
