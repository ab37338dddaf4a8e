import { add, concat, input, mul, sizeOf, slice, type Tensor } from '@mikt/graph';
import { clipByGlobalNorm, globalNorm, type ParameterLayout } from '@mikt/nets';
import type { Agent, Batch, Loss } from '../agent.js';
import type { RowSizes } from '../rollout.js';
import type { PpoConfig } from './config.js';

/** A minibatch's transitions as inputs of a program. */
export function batchInputs(rows: number, sizes: RowSizes): Batch {
  return {
    observations: input('observations', [rows, sizes.observation]),
    actions: input('actions', [rows, sizes.action]),
    logProbabilities: input('logProbabilities', [rows]),
    values: input('values', [rows]),
    advantages: input('advantages', [rows]),
    returns: input('returns', [rows]),
  };
}

/** The scalars that an agent's loss takes from a schedule, as inputs of a program. */
export function coefficientInputs(agent: Agent): Record<string, Tensor> {
  return Object.fromEntries(agent.coefficients.map((name) => [name, input(name, [])]));
}

/**
 * What a shard's gradient is kept apart by: the weighted losses where each is limited by itself, else the total
 * alone.
 */
export function gradientLosses(loss: Loss, config: Pick<PpoConfig, 'gradientClipping'>): Loss['parts'] {
  return config.gradientClipping === 'loss' ? loss.parts : { total: loss.total };
}

/** Names of `gradientLosses`, before there is a program. */
export function gradientNames(agent: Agent, sizes: RowSizes, config: PpoConfig): string[] {
  const parameters = agent.layout.bind(input('parameters', [agent.layout.size]));
  const loss = agent.loss(parameters, batchInputs(1, sizes), coefficientInputs(agent));
  return Object.keys(gradientLosses(loss, config));
}

/**
 * The gradient that Adam takes: every part limited by itself, then added up.
 * @param gradients of each of `gradientLosses`. [layout.size] each
 * @returns it, and the norm of the sum before any limit. [layout.size], scalar
 */
export function limitGradient(
  gradients: readonly Tensor[],
  layout: ParameterLayout,
  { gradientClipping, maxGradientNorm }: Pick<PpoConfig, 'gradientClipping' | 'maxGradientNorm'>,
): { gradient: Tensor; norm: Tensor } {
  const limit = (part: Tensor, norm = globalNorm(part)) => clipByGlobalNorm(part, norm, maxGradientNorm);
  const whole = gradients.reduce((sum, part) => add(sum, part));
  const norm = globalNorm(whole);
  switch (gradientClipping) {
    case 'global':
      return { gradient: limit(whole, norm), norm };
    case 'loss':
      return {
        gradient: gradients.map((part) => limit(part)).reduce((sum, part) => add(sum, part)),
        norm,
      };
    case 'group':
      return { gradient: limitGroups(whole, layout, limit), norm };
  }
}

/** Networks are told apart by the first part of their parameters' names: policy, value, encoder1, … */
function limitGroups(gradient: Tensor, layout: ParameterLayout, limit: (part: Tensor) => Tensor): Tensor {
  const groups = new Map<string, { begin: number; size: number }[]>();
  for (const { name, shape } of layout.specs) {
    const group = name.split('/')[0]!;
    const place = { begin: layout.offset(name), size: sizeOf(shape) };
    groups.set(group, [...(groups.get(group) ?? []), place]);
  }
  const limited: { begin: number; part: Tensor }[] = [];
  for (const places of groups.values()) {
    const joined = limit(concat(places.map(({ begin, size }) => slice(gradient, [begin], [size]))));
    let at = 0;
    for (const { begin, size } of places) {
      limited.push({ begin, part: slice(joined, [at], [size]) });
      at += size;
    }
  }
  return concat(limited.sort((a, b) => a.begin - b.begin).map(({ part }) => part));
}

/** The mean of the shards' gradients. */
export function meanOfShards(shards: readonly Tensor[]): Tensor {
  return mul(
    shards.reduce((sum, shard) => add(sum, shard)),
    1 / shards.length,
  );
}
