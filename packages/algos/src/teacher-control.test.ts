import { expect, it } from 'vitest';
import { normalisedScale, teacherLabels } from './teacher.js';
import { controlTeacher } from './teacher-control.js';
import { randomTeacher } from './testing.js';

const teacher = randomTeacher({ observation: 3, action: 2, policyHidden: [4, 3], valueHidden: [4] }, 1);
const names = Object.keys(teacher.parameters);
const sorted = (data: Float32Array) => [...data].sort((a, b) => a - b);

it('leaves a trained teacher as it is', () => {
  expect(controlTeacher(teacher, 'trained', 5, 0)).toBe(teacher);
});

it('shuffles the entries of each layer among themselves', () => {
  const { parameters } = controlTeacher(teacher, 'shuffled', 5, 0);
  expect(Object.keys(parameters)).toEqual(names);
  for (const name of names) {
    expect(parameters[name]!.shape).toEqual(teacher.parameters[name]!.shape);
    expect(sorted(parameters[name]!.data)).toEqual(sorted(teacher.parameters[name]!.data));
  }
  expect(parameters['policy/hidden1/weight']).not.toEqual(teacher.parameters['policy/hidden1/weight']);
});

it.each(['shuffled', 'random'] as const)('a %s teacher is one of its seed and its place', (weights) => {
  const weight = (seed: number, index: number) =>
    controlTeacher(teacher, weights, seed, index).parameters['policy/hidden1/weight'];
  expect(weight(5, 0)).toEqual(weight(5, 0));
  expect(weight(6, 0)).not.toEqual(weight(5, 0));
  expect(weight(5, 1)).not.toEqual(weight(5, 0));
});

it('labels teachers by their environments, numbering namesakes', () => {
  const of = (env: string) => ({ ...teacher, env });
  expect(teacherLabels([of('Ant'), of('Hopper'), of('Ant')])).toEqual(['Ant', 'Hopper', 'Ant-2']);
});

it('scales normalised observations by the share of their entries that vary', () => {
  // Three of four entries vary: each has unit variance, so the mean square is ¾.
  expect(normalisedScale(Float64Array.of(1, 4, 0.01, 0))).toBeCloseTo(Math.sqrt(0.75), 12);
});
