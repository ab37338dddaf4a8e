import { type EnvSpaces, InvalidInputError } from '@mikt/core';
import { ActorCritic, LOG_STANDARD_DEVIATION, type MomentsState, type ParameterValues } from '@mikt/nets';
import { matchNames } from './names.js';
import type { PpoConfig } from './ppo/config.js';
import { actorCriticSizes } from './ppo/networks.js';
import type { Teacher } from './teacher.js';

// First values of a student's own networks that come from a teacher's. All take the student's first values and give
// them back with what the teacher's replace; `teacher.parameters` are as a control wants them.

const NETWORKS = ['policy', 'value'] as const;

/** The hidden layers after the first, of policy and value network (MLPP, Section 5 of the paper). */
export function copyMiddleLayers(
  values: ParameterValues,
  config: PpoConfig,
  spaces: EnvSpaces,
  { parameters }: Teacher,
): ParameterValues {
  return { ...values, ...pick(parameters, middleLayers(config, spaces)) };
}

/** Names of the parameters of the second hidden layer and later ones. */
export function middleLayers(config: PpoConfig, spaces: EnvSpaces): string[] {
  const networks = new ActorCritic(actorCriticSizes(config, spaces));
  return NETWORKS.flatMap((network) => {
    const first = `${networks[network].hiddenName(0)}/`;
    return networks[network].hiddenSpecs.map(({ name }) => name).filter((name) => !name.startsWith(first));
  });
}

/**
 * The first hidden layer of both networks: a row of weights for each entry of the observation that the teacher's has
 * by the same name, zeros for the others, which so say nothing until they are trained. Not in the paper, which
 * assumes that nothing is known of how the two robots correspond.
 * @param option that asks for it, for the error
 * @throws InvalidInputError where no entry has a name in common
 */
export function matchInputs(
  values: ParameterValues,
  config: PpoConfig,
  spaces: EnvSpaces,
  teacher: Teacher,
  option: string,
): ParameterValues {
  const request = { option, what: 'observations', teacher } as const;
  const matches = matchNames(spaces.observation.names, teacher.observationNames, request);
  const networks = new ActorCritic(actorCriticSizes(config, spaces));
  const first = NETWORKS.map((network) => networks[network].hiddenName(0));
  return {
    ...values,
    ...pick(
      teacher.parameters,
      first.map((layer) => `${layer}/bias`),
    ),
    ...Object.fromEntries(
      first.map((layer) => {
        const { shape, data } = teacher.parameters[`${layer}/weight`]!;
        const width = shape[1]!;
        const rows = new Float32Array(matches.length * width);
        matches.forEach((match, row) => {
          if (match !== undefined) rows.set(data.subarray(match * width, (match + 1) * width), row * width);
        });
        return [`${layer}/weight`, { shape: [matches.length, width], data: rows }];
      }),
    ),
  };
}

/**
 * The policy's output layer and standard deviations: the teacher's for every action that drives a joint of the same
 * name; the other actions keep theirs. Not in the paper either.
 * @throws InvalidInputError where no action has a name in common, or the last hidden layers differ in width
 */
export function matchActions(
  values: ParameterValues,
  config: PpoConfig,
  spaces: EnvSpaces,
  teacher: Teacher,
): ParameterValues {
  const request = { option: 'actionStart', what: 'actions', teacher } as const;
  const matches = matchNames(spaces.action.names, teacher.actionNames, request);
  const width = config.policyHidden.at(-1)!;
  const given = teacher.sizes.policyHidden.at(-1)!;
  if (width !== given) {
    throw new InvalidInputError(
      `actionStart=matched needs a last hidden layer of the teacher's width, ${given} in ${teacher.source}; ` +
        `policyHidden ends with ${width}.`,
    );
  }
  const from = teacher.parameters;
  const copyColumns = (name: string) => {
    const { shape, data } = values[name]!;
    const [columns, given] = [shape.at(-1)!, from[name]!.shape.at(-1)!];
    const copied = data.map((value, i) => {
      const match = matches[i % columns];
      return match === undefined ? value : from[name]!.data[Math.floor(i / columns) * given + match]!;
    });
    return [name, { shape, data: copied }] as const;
  };
  const names = ['policy/output/weight', 'policy/output/bias', LOG_STANDARD_DEVIATION];
  return { ...values, ...Object.fromEntries(names.map(copyColumns)) };
}

interface NormaliserStart {
  readonly normaliserStart: 'empty' | 'matched';
}

/** Observations for which a teacher's statistics count: those of some ten updates. */
const NORMALISER_COUNT = 20_480;

/**
 * The student's observation normaliser: the teacher's mean and variance for each entry of the same name, 0 and 1 for the
 * others, as if they had been seen for a while. Weights that come from the teacher mean what they did only on inputs
 * normalised as its were.
 * @throws InvalidInputError where no entry has a name in common
 */
export function matchNormaliser(
  { normaliserStart }: NormaliserStart,
  { observation }: EnvSpaces,
  [teacher]: readonly Teacher[],
): MomentsState | undefined {
  if (normaliserStart === 'empty' || !teacher?.normaliser) return undefined;
  const request = { option: 'normaliserStart', what: 'observations', teacher } as const;
  const matches = matchNames(observation.names, teacher.observationNames, request);
  const { mean, variance } = teacher.normaliser;
  return {
    count: NORMALISER_COUNT,
    mean: Float64Array.from(matches, (match) => (match === undefined ? 0 : mean[match]!)),
    variance: Float64Array.from(matches, (match) => (match === undefined ? 1 : variance[match]!)),
  };
}

/** @throws InvalidInputError where a normaliser is to begin as a teacher's, and one of the two has none */
export function checkNormaliserStart(
  { normaliserStart, normaliseObservations }: Pick<PpoConfig, 'normaliseObservations'> & NormaliserStart,
  [teacher]: readonly Teacher[],
): void {
  if (normaliserStart === 'empty') return;
  if (!normaliseObservations) {
    throw new InvalidInputError('normaliserStart=matched needs normaliseObservations=true.');
  }
  if (teacher?.normaliser) return;
  throw new InvalidInputError(
    `normaliserStart=matched needs a teacher that says how its observations were normalised; ${teacher?.source} does not.`,
  );
}

/** @throws InvalidInputError where the teacher's hidden layers are not those of the student */
export function checkSameLayers(config: PpoConfig, { source, sizes }: Teacher, who: string): void {
  for (const key of ['policyHidden', 'valueHidden'] as const) {
    if (sizes[key].join() === config[key].join()) continue;
    throw new InvalidInputError(
      `${key}: ${who} needs the hidden layers of its teacher, [${sizes[key].join(', ')}] in ${source}, got ` +
        `[${config[key].join(', ')}].`,
    );
  }
}

function pick(values: ParameterValues, names: readonly string[]): ParameterValues {
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}
