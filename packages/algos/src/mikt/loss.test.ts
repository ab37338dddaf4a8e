import { createReferenceEngine, input } from '@mikt/graph';
import { expect, it } from 'vitest';
import { regressionLoss } from './loss.js';

it('the feature regression is the mean square over rows and units, averaged over layers, summed over networks', () => {
  const feature = (name: string, units: number) => ({
    own: input(`${name}/own`, [2, units]),
    mixed: input(`${name}/mixed`, [2, units]),
  });
  const policy = [feature('policy1', 2), feature('policy2', 1)];
  const value = [feature('value1', 1)];
  const { parts, terms } = regressionLoss([policy, value], { regressionCoefficient: 0.5 });
  const engine = createReferenceEngine();
  const program = engine.compile({ outputs: { ...parts, ...terms } }, engine.createVariables({}));
  const set = (name: string, values: number[]) => program.inputs[name]!.set(values);
  set('policy1/own', [1, 2, 3, 4]);
  set('policy1/mixed', [1, 0, 3, 2]); // squares 0, 4, 0, 4: mean 2
  set('policy2/own', [1, 5]);
  set('policy2/mixed', [2, 2]); // squares 1, 9: mean 5
  set('value1/own', [0, 0]);
  set('value1/mixed', [1, 3]); // squares 1, 9: mean 5
  program.run();
  // (2 + 5) / 2 + 5 = 8.5, weighted by ½.
  expect(program.outputs.regression_loss![0]).toBeCloseTo(8.5, 9);
  expect(program.outputs.regression![0]).toBeCloseTo(4.25, 9);
});
