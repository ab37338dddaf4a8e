import { type EnvSpaces, InvalidInputError } from '@mikt/core';
import type { Agent } from '../agent.js';
import { createPpoAgent } from '../ppo/networks.js';
import type { Teacher } from '../teacher.js';
import { controlTeacher } from '../teacher-control.js';
import {
  checkNormaliserStart,
  checkSameLayers,
  copyMiddleLayers,
  matchActions,
  matchInputs,
} from '../teacher-start.js';
import type { MlppConfig } from './config.js';

/**
 * The paper's baseline MLPP (Section 5): policy and value network begin with the middle layers of the teacher's, those
 * between the first hidden layer and the last; their input and output layers are new, and PPO trains all of it. Where
 * the robots share parts, `inputStart` and `actionStart` take those layers over too, by name.
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
      let values = layout.unpack(layout.initialise(rng));
      for (const given of teachers) {
        const teacher = controlTeacher(given, config.teacherWeights, config.seed, 0);
        values = copyMiddleLayers(values, config, spaces, teacher);
        if (config.inputStart === 'matched')
          values = matchInputs(values, config, spaces, teacher, 'inputStart');
        if (config.actionStart === 'matched') values = matchActions(values, config, spaces, teacher);
      }
      return layout.pack(values);
    },
  };
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
  }
  for (const teacher of teachers) checkSameLayers(config, teacher, 'MLPP');
  checkNormaliserStart(config, teachers);
}
