import { policyFromCheckpoint, readTrainingState } from '@mikt/algos';
import { Rng } from '@mikt/core';
import { createTfjsEngine, relativeDifference } from '@mikt/graph';
import { type DecodedCheckpoint, lastCheckpoint, readCheckpoint } from '@mikt/runs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mikt, temporaryFolder } from './cli.js';

// A transfer on real physics, through all three phases, and what is left of the teacher in its last checkpoint.
const { folder, remove } = temporaryFolder();
const quick = ['--steps', '10_240', '--set', 'epochs=1', '--set', 'minibatches=8'];
let checkpoint: DecodedCheckpoint;

beforeAll(async () => {
  await mikt(['train', 'Hopper', ...quick, '--out', 'teacher'], { cwd: folder });
  const to = ['--env', 'CentipedeFour', '--preset', 'paper', '--out', 'student'];
  await mikt(['transfer', '--teacher', 'teacher', ...to, ...quick], { cwd: folder });
  checkpoint = await readCheckpoint((await lastCheckpoint(`${folder}/student`))!.path);
}, 120_000);
afterAll(remove);

it('the last phase’s checkpoint holds the student’s own networks and nothing of the teacher', () => {
  const names = Object.keys(checkpoint.tensors);
  expect(names.filter((name) => /teacher|encoder|variational|mixing/.test(name))).toEqual([]);
  expect(readTrainingState(checkpoint, 'student').teachers).toEqual([]);
});

it('its action is a plain MLP of its own weights', async () => {
  const { learner, collector } = readTrainingState(checkpoint, 'student');
  const { mean, variance } = collector.observationMoments;
  const observation = Rng.fromSeed(1).fillNormal(new Float64Array(97));
  let layer = [...observation].map((x, i) =>
    Math.min(Math.max((x - mean[i]!) / Math.sqrt(variance[i]! + 1e-8), -10), 10),
  );
  for (const name of ['hidden1', 'hidden2', 'output']) {
    const { shape, data } = learner.parameters[`policy/${name}/weight`]!;
    const bias = learner.parameters[`policy/${name}/bias`]!.data;
    const [inputs, outputs] = shape as [number, number];
    const sums = Array.from({ length: outputs }, (_, j) => {
      let sum = bias[j]!;
      for (let i = 0; i < inputs; i++) sum += layer[i]! * data[i * outputs + j]!;
      return sum;
    });
    layer = name === 'output' ? sums : sums.map(Math.tanh);
  }
  const policy = policyFromCheckpoint(checkpoint, await createTfjsEngine(), 'student');
  expect(policy.coupled).toBe(false);
  expect(relativeDifference(policy.act(observation), layer)).toBeLessThan(1e-4);
  policy.dispose();
});
