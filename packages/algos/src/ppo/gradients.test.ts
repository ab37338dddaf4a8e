import { createReferenceEngine, input } from '@mikt/graph';
import { filled, ParameterLayout } from '@mikt/nets';
import { expect, it } from 'vitest';
import { limitGradient } from './gradients.js';

// Parameters of two networks, the first in two places of the flat vector: [policy a, value b, policy c].
const layout = new ParameterLayout(
  ['policy/a', 'value/b', 'policy/c'].map((name) => ({ name, shape: [1], initialise: filled(0) })),
);

function limited(gradients: number[][], gradientClipping: 'global' | 'loss' | 'group') {
  const tensors = gradients.map((_, i) => input(`g${i}`, [3]));
  const { gradient, norm } = limitGradient(tensors, layout, { gradientClipping, maxGradientNorm: 5 });
  const program = createReferenceEngine().compile({ outputs: { gradient, norm } });
  gradients.forEach((values, i) => {
    program.inputs[`g${i}`]!.set(values);
  });
  program.run();
  return { gradient: [...program.outputs.gradient!], norm: program.outputs.norm![0] };
}

it.each([
  // One gradient of norm 13, shortened to 5.
  ['global', [[3, 12, 4]], [15 / 13, 60 / 13, 20 / 13], 13],
  // Each loss by itself: (3, 0, 4) has norm 5 and stays, (0, 12, 0) is shortened to (0, 5, 0).
  [
    'loss',
    [
      [3, 0, 4],
      [0, 12, 0],
    ],
    [3, 5, 4],
    13,
  ],
  // Each network by itself: the policy's (6, 8) becomes (3, 4), the value's 2 stays.
  ['group', [[6, 2, 8]], [3, 2, 4], Math.sqrt(104)],
] as const)('limits by %s', (clipping, gradients, expected, norm) => {
  const result = limited(gradients as unknown as number[][], clipping);
  result.gradient.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 9);
  });
  expect(result.norm).toBeCloseTo(norm, 9);
});
