import { type EnvSpaces, InvalidInputError } from '@mikt/core';
import { ActorCritic } from '@mikt/nets';
import type { Agent } from '../agent.js';
import { actorCriticSizes, createPpoAgent } from '../ppo/networks.js';
import type { Teacher } from '../teacher.js';
import { controlTeacher } from '../teacher-control.js';
import type { MlppConfig } from './config.js';

/**
 * The paper's baseline MLPP (Section 5): policy and value network begin with the middle layers of the teacher's, those
 * between the first hidden layer and the last; their input and output layers are new, and PPO trains all of it.
 * @param teachers the one it begins from; none where it has begun already
 */
export function createMlppAgent(
  config: MlppConfig & { readonly seed: number },
  spaces: EnvSpaces,
  teachers: readonly Teacher[],
): Agent {
  const agent = createPpoAgent(config, spaces);
  const { layout } = agent;
  return {
    ...agent,
    initialise(rng) {
      const values = { ...layout.unpack(layout.initialise(rng)) };
      for (const teacher of teachers) {
        const { parameters } = controlTeacher(teacher, config.teacherWeights, config.seed, 0);
        for (const name of middleLayers(config, spaces)) values[name] = parameters[name]!;
      }
      return layout.pack(values);
    },
  };
}

/** Names of the parameters that come from the teacher: those of the second hidden layer and later ones. */
export function middleLayers(config: MlppConfig, spaces: EnvSpaces): string[] {
  const { policy, value } = new ActorCritic(actorCriticSizes(config, spaces));
  return [policy, value].flatMap((network) => {
    const first = `${network.hiddenName(0)}/`;
    return network.hiddenSpecs.map(({ name }) => name).filter((name) => !name.startsWith(first));
  });
}

/** @throws InvalidInputError where the teacher's layers are not those of the student, or none lies in the middle */
export function checkMlppTeachers(config: MlppConfig, teachers: readonly Teacher[]): void {
  for (const key of ['policyHidden', 'valueHidden'] as const) {
    if (config[key].length < 2) {
      throw new InvalidInputError(
        `${key}: MLPP takes what lies between a teacher's first and last layer and needs two hidden layers at ` +
          `least, got [${config[key].join(', ')}].`,
      );
    }
    for (const { source, sizes } of teachers) {
      if (sizes[key].join() === config[key].join()) continue;
      throw new InvalidInputError(
        `${key}: MLPP needs the hidden layers of its teacher, [${sizes[key].join(', ')}] in ${source}, got ` +
          `[${config[key].join(', ')}].`,
      );
    }
  }
}
