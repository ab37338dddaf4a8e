import { expect, it } from 'vitest';
import { scoreTable } from './aggregates.js';
import { groupRuns } from './methods.js';
import { pairsOf } from './pairs.js';
import { runsOf, seedsOf, type TestRun, teacherOf } from './testing.js';

const idle = { label: 'doing nothing', value: 100 };
const references = { CentipedeSix: [idle], Ant: [{ ...idle, value: 0 }] };
const teachers = [teacherOf('CentipedeFour')];
const tableOrReason = (tests: readonly TestRun[]) =>
  scoreTable(pairsOf(groupRuns(runsOf(tests))), references);
const table = (tests: readonly TestRun[]) => {
  const made = tableOrReason(tests);
  if (typeof made === 'string') throw new Error(made);
  return made;
};
const onBoth = (finals: readonly number[], test: TestRun) =>
  ['CentipedeSix', 'Ant'].flatMap((env) => seedsOf(finals, { ...test, env }));

it('normalises by doing nothing and the baseline’s mean, pair by pair', () => {
  const made = table([
    ...onBoth([200, 400], {}),
    ...onBoth([500, 700], { algo: 'mikt', teachers }),
    // On one of the pairs only.
    ...seedsOf([300, 300], { algo: 'mlpp', teachers }),
  ]);
  expect(made.baseline).toBe('PPO (VPG)');
  expect(made.methods.map(({ method, runs }) => [method.label, runs])).toEqual([
    ['PPO (VPG)', 4],
    ['MIKT', 4],
  ]);
  // On CentipedeSix (x − 100) / (300 − 100), on Ant x / 300.
  expect(made.methods[1]!.scores).toEqual({
    'CentipedeFour to Ant': [500 / 300, 700 / 300],
    'CentipedeFour to CentipedeSix': [2, 3],
  });
  expect(made.remarks.join()).toContain('MLPP');
});

it('leaves out a pair whose baseline does no better than nothing', () => {
  const made = table([
    ...seedsOf([50, 60, 70, 80], {}),
    ...seedsOf([500, 510, 520, 530], { algo: 'mikt', teachers }),
    ...seedsOf([1, 2, 3, 4], { env: 'Ant' }),
    ...seedsOf([5, 6, 7, 8], { env: 'Ant', algo: 'mikt', teachers }),
  ]);
  expect(made.pairs.map(({ title }) => title)).toEqual(['CentipedeFour to Ant']);
  expect(made.remarks.join()).toContain('CentipedeFour to CentipedeSix is left out');
});

it('says what is missing where there are few runs', () => {
  expect(
    tableOrReason([...seedsOf([200, 400], {}), ...seedsOf([500, 700], { algo: 'mikt', teachers })]),
  ).toBe(
    'They need PPO (VPG) and another method with at least 4 finished runs each, of one length, on every pair; ' +
      'there are: PPO (VPG) 2 and MIKT 2.',
  );
});

it('says that there is no scale where no baseline does better than nothing', () => {
  expect(
    tableOrReason([...seedsOf([1, 2, 3, 4], {}), ...seedsOf([5, 6, 7, 8], { algo: 'mikt', teachers })]),
  ).toBe(
    'CentipedeFour to CentipedeSix is left out: its baseline ends no higher than doing nothing, so there is no scale.',
  );
});
