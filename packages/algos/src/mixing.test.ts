import { createEngine } from '@mikt/graph';
import { decodeCheckpoint, encodeCheckpoint } from '@mikt/runs';
import { expect, it } from 'vitest';
import { mixingWeights, resolveConfig, toCheckpoint, train } from './index.js';
import { IdentityEnv, randomTeacher } from './testing.js';

const sizes = { observation: 3, action: 2, policyHidden: [4, 4], valueHidden: [4, 4] };
const config = resolveConfig({
  ...{ env: 'Identity', algo: 'mikt', seed: 1, steps: 640, stepsPerUpdate: 64, envs: 2, minibatches: 2 },
  ...{ epochs: 1, policyHidden: [4, 4], valueHidden: [4, 4], handOverThreshold: 0 },
});

/** A checkpoint of a run with these teachers, stopped after so many updates. */
async function checkpointAfter(updates: number, teachers: number) {
  const controller = new AbortController();
  let done = 0;
  const { state } = await train(config, {
    teachers: Array.from({ length: teachers }, (_, k) => randomTeacher(sizes, k)),
    createEnv: async () => new IdentityEnv(),
    signal: controller.signal,
    onUpdate: () => {
      if (++done === updates) controller.abort();
    },
  });
  return { state, checkpoint: decodeCheckpoint(encodeCheckpoint(toCheckpoint(state)), 'test') };
}

it('gives the softmax of the logits that the checkpoint has, under the names of the columns', async () => {
  const engine = await createEngine('reference');
  const { state, checkpoint } = await checkpointAfter(3, 2);
  const weights = mixingWeights(checkpoint, engine, 'test');
  const labels = ['', '/Toy', '/Toy-2'];
  expect(Object.keys(weights)).toEqual(
    ['policy/1', 'policy/2', 'value/1', 'value/2'].flatMap((layer) =>
      labels.map((label) => `mixing/${layer}${label}`),
    ),
  );
  for (const layer of ['policy/1', 'value/2']) {
    const [network, number] = layer.split('/');
    const logits = state.learner.parameters[`${network}/mixing${number}`]!.data;
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    labels.forEach((label, k) => {
      expect(weights[`mixing/${layer}${label}`]).toBeCloseTo(Math.exp(logits[k]!) / total, 6);
    });
  }
  engine.dispose();
});

it('gives none once the student acts alone', async () => {
  const engine = await createEngine('reference');
  const { state, checkpoint } = await checkpointAfter(Number.POSITIVE_INFINITY, 1);
  expect(state.agent).toBe('student');
  expect(mixingWeights(checkpoint, engine, 'test')).toEqual({});
  engine.dispose();
});
