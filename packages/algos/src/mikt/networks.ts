import type { EnvSpaces } from '@mikt/core';
import { reshape, slice, softmax, type Tensor, variable } from '@mikt/graph';
import {
  ActorCritic,
  createEncoder,
  GaussianVariational,
  LateralActorCritic,
  ParameterLayout,
  type Parameters,
} from '@mikt/nets';
import { type Agent, addLosses } from '../agent.js';
import { ppoLoss } from '../ppo/loss.js';
import { actorCriticSizes, createPpoAgent } from '../ppo/networks.js';
import type { Teacher } from '../teacher.js';
import type { MiktConfig } from './config.js';
import { couplingLoss, klLoss, mutualInformationLoss } from './loss.js';

/** Name of the scalar by which the coupling coefficients rise from 0 to their final values. */
export const COUPLING_RISE = 'couplingRise';

/** The variable that holds the teacher's frozen parameters. */
export const TEACHER = 'teacher';

/**
 * The student with its teacher (Figure 1): the encoder φ turns the student's observation into an embedding, the
 * frozen teacher reads it, and its hidden layers are mixed into the student's. The loss is PPO's, plus L_MI,
 * L_coupling and L_KL; its gradient reaches φ through the teacher.
 */
export function createCoupledAgent(config: MiktConfig, spaces: EnvSpaces, teacher: Teacher): Agent {
  const student = new LateralActorCritic(actorCriticSizes(config, spaces), 1);
  const { observation } = spaces;
  const embedding = teacher.sizes.observation;
  const encoder = createEncoder('encoder', observation.size, embedding, config.encoderHidden);
  const variational = new GaussianVariational(
    'variational',
    embedding,
    observation.size,
    config.variationalHidden,
  );
  const teacherNetworks = new ActorCritic(teacher.sizes);
  const teacherLayout = new ParameterLayout(teacherNetworks.specs);
  const frozen = teacherLayout.bind(variable(TEACHER, [teacherLayout.size]));

  const embed = (parameters: Parameters, observations: Tensor) =>
    encoder.forward(parameters, observations).output;
  const forward = (parameters: Parameters, observations: Tensor, embedded: Tensor) =>
    student.forward(parameters, observations, [teacherNetworks.preActivations(frozen, embedded)]);

  return {
    layout: new ParameterLayout([...student.specs, ...encoder.specs, ...variational.specs]),
    frozen: { [TEACHER]: teacherLayout.pack(teacher.parameters) },
    coefficients: [COUPLING_RISE],
    act: (parameters, observations) => forward(parameters, observations, embed(parameters, observations)),
    loss(parameters, batch, coefficients) {
      const { observations } = batch;
      const embedded = embed(parameters, observations);
      const result = forward(parameters, observations, embedded);
      const ppo = ppoLoss(result, batch, config);
      return addLosses(
        ppo,
        mutualInformationLoss(variational.negativeLogLikelihood(parameters, embedded, observations), config),
        couplingLoss(
          result.policyMixingLogits,
          result.valueMixingLogits,
          coefficients[COUPLING_RISE]!,
          config,
        ),
        klLoss(ppo.terms.kl!, config),
      );
    },
    metrics: (parameters) => ({
      ...mixingWeights('policy', student.policy.mixingLogits(parameters)),
      ...mixingWeights('value', student.value.mixingLogits(parameters)),
    }),
  };
}

/** The student after the hand-over: its own weights only, PPO's agent with the KL term. */
export function createStudentAgent(config: MiktConfig, spaces: EnvSpaces): Agent {
  const ppo = createPpoAgent(config, spaces);
  return {
    ...ppo,
    loss(...inputs) {
      const loss = ppo.loss(...inputs);
      return addLosses(loss, klLoss(loss.terms.kl!, config));
    },
  };
}

/** p^j, the weight on the student in hidden layer j (counted from 1), by the names they are logged under. */
function mixingWeights(network: string, logits: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(
    logits.map((layer, j) => [`mixing/${network}/${j + 1}`, reshape(slice(softmax(layer), [0], [1]), [])]),
  );
}
