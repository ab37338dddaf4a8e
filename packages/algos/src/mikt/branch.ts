import type { EnvSpaces } from '@mikt/core';
import { div, maximum, mean, mul, reshape, sqrt, square, type Tensor, variable } from '@mikt/graph';
import {
  ActorCritic,
  createEncoder,
  createMatchedEncoder,
  createVariational,
  type Encoder,
  feedsByDepth,
  type LateralSource,
  ParameterLayout,
  type ParameterSpec,
  type Parameters,
  type ParameterValues,
  type TeacherLayers,
} from '@mikt/nets';
import { matchNames } from '../names.js';
import type { Teacher } from '../teacher.js';
import { controlTeacher } from '../teacher-control.js';
import type { MiktConfig } from './config.js';

/** Below this root mean square an embedding is not scaled up any further. */
const SMALLEST_SCALE = 1e-3;

/** One teacher's side of the network (Figure 1): its encoder φ and q_ω, and its networks that read the embedding. */
export interface Branch {
  /** What is trained. */
  readonly specs: readonly ParameterSpec[];
  /** What is not, by the name of its variable. */
  readonly frozen: Readonly<Record<string, Float32Array>>;
  /** φ(s), as the teacher reads it. @param observations [B, O of the student]; result [B, O of the teacher] */
  embed(parameters: Parameters, observations: Tensor): Tensor;
  /** What the teacher lends for an embedding. */
  layers(parameters: Parameters, embedding: Tensor): TeacherLayers;
  /** −E log q_ω(s | e) (Equation 4), averaged over rows and dimensions. Scalar */
  negativeLogLikelihood(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor;
  /** Root mean square of an embedding over that of the observations that the teacher was trained on. Scalar */
  scale(embedding: Tensor): Tensor;
}

/** @param index of the teacher among the run's, from 0 */
export function createBranch(
  config: MiktConfig & { readonly seed: number },
  spaces: EnvSpaces,
  teacher: Teacher,
  index: number,
): Branch {
  const observation = spaces.observation.size;
  const embedding = teacher.sizes.observation;
  const encoder = encoderFor(config, spaces, teacher, `encoder${index + 1}`);
  const variational = createVariational(`variational${index + 1}`, embedding, observation, {
    family: config.variationalFamily,
    hidden: config.variationalHidden,
    components: config.mixtureComponents,
    couplings: config.flowCouplings,
    logStandardDeviationFloor: config.logStandardDeviationFloor,
  });
  const networks = teacherNetworks(config, teacher, index);
  return {
    specs: [...encoder.specs, ...variational.specs, ...networks.specs],
    frozen: networks.frozen,
    embed(parameters, observations) {
      const output = encoder.forward(parameters, observations);
      if (config.embeddingNormalisation === 'none') return output;
      return scaleRows(output, teacher.observationScale);
    },
    layers: networks.layers,
    negativeLogLikelihood: (...inputs) => variational.negativeLogLikelihood(...inputs),
    scale: (embedded) => mul(sqrt(mean(square(embedded))), 1 / teacher.observationScale),
  };
}

function encoderFor(config: MiktConfig, { observation }: EnvSpaces, teacher: Teacher, name: string): Encoder {
  if (config.encoderStart === 'random')
    return createEncoder(name, observation.size, teacher.sizes.observation, config.encoderHidden);
  const request = { option: 'encoderStart', what: 'observations', teacher } as const;
  const matches = matchNames(teacher.observationNames, observation.names, request);
  return createMatchedEncoder(name, observation.size, matches, config.encoderHidden);
}

/** How a teacher feeds the student's two networks. */
export interface LateralSources {
  readonly policy: LateralSource;
  readonly value: LateralSource;
}

/** By the configuration's `policyFeeds` and `valueFeeds`, or by depth. */
export function lateralSources(config: MiktConfig, teacher: Teacher): LateralSources {
  const source = (student: readonly number[], hidden: readonly number[], feeds: readonly number[]) => ({
    hidden,
    feeds:
      feeds.length === 0
        ? feedsByDepth(student.length, hidden.length)
        : feeds.map((from) => (from === 0 ? undefined : from - 1)),
    matrices: config.lateralMatrices,
  });
  return {
    policy: source(config.policyHidden, teacher.sizes.policyHidden, config.policyFeeds),
    value: source(config.valueHidden, teacher.sizes.valueHidden, config.valueFeeds),
  };
}

/** What a teacher's networks hold: see `teacherWeights`. Not for fresh ones. */
export function teacherValues(
  config: MiktConfig & { readonly seed: number },
  teacher: Teacher,
  index: number,
): ParameterValues {
  const { teacherWeights } = config;
  const frozen = teacherWeights === 'absent' || teacherWeights === 'fresh' ? 'trained' : teacherWeights;
  return controlTeacher(teacher, frozen, config.seed, index).parameters;
}

/** The teacher's networks: frozen in a variable of their own, or fresh and trained with the rest. */
function teacherNetworks(config: MiktConfig & { readonly seed: number }, teacher: Teacher, index: number) {
  const name = `teacher${index + 1}`;
  if (config.teacherWeights === 'fresh') {
    const networks = new ActorCritic(teacher.sizes, `${name}/`);
    return {
      specs: networks.hiddenSpecs,
      frozen: {},
      layers: (parameters: Parameters, embedding: Tensor) => networks.preActivations(parameters, embedding),
    };
  }
  const networks = new ActorCritic(teacher.sizes);
  const layout = new ParameterLayout(networks.specs);
  const bound = layout.bind(variable(name, [layout.size]));
  return {
    specs: [],
    frozen: { [name]: layout.pack(teacherValues(config, teacher, index)) },
    layers: (_parameters: Parameters, embedding: Tensor) => networks.preActivations(bound, embedding),
  };
}

/** Every row of x scaled to a root mean square. [B, E] */
function scaleRows(x: Tensor, scale: number): Tensor {
  const meanSquare = reshape(mean(square(x), [1]), [x.shape[0]!, 1]);
  // The bound goes inside the root, whose slope at 0 is infinite.
  return mul(x, div(scale, sqrt(maximum(meanSquare, SMALLEST_SCALE ** 2))));
}
