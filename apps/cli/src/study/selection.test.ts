import { parseStudy, planStudy } from '@mikt/eval';
import { expect, it } from 'vitest';
import { selectRuns } from './selection.js';

const { runs } = planStudy(
  parseStudy(
    `
name: grid
steps: 20_000
seeds: [1, 2]
pairs:
  - { teacher: "zoo:CentipedeFour", env: CentipedeSix }
  - { teacher: "zoo:CentipedeFour", env: Ant }
methods: [{ label: VPG, algo: vpg }, { label: MIKT, algo: mikt }]
`,
    'grid.yaml',
  ),
);
const selected = (...patterns: string[]) => selectRuns(runs, patterns).map(({ folder }) => folder);

it('takes all without a pattern', () => {
  expect(selected()).toEqual(runs.map(({ folder }) => folder));
  expect(selectRuns(runs)).toHaveLength(8);
});

it('compares the whole folder, or its last part alone, and keeps the order of the study', () => {
  expect(selected('mikt-s2')).toEqual([
    'CentipedeFour-to-CentipedeSix/mikt-s2',
    'CentipedeFour-to-Ant/mikt-s2',
  ]);
  expect(selected('*-to-Ant/*-s2', 'vpg-s1')).toEqual([
    'CentipedeSix/vpg-s1',
    'Ant/vpg-s1',
    'CentipedeFour-to-Ant/mikt-s2',
  ]);
  expect(selected('{Ant,CentipedeFour-to-Ant}/*-s1')).toEqual(['Ant/vpg-s1', 'CentipedeFour-to-Ant/mikt-s1']);
});

it('refuses a pattern that matches none', () => {
  expect(() => selected('*-s1', '*-s3')).toThrow(
    '--only "*-s3" matches no run of this study; they are called CentipedeSix/vpg-s1 and so on: mikt study plan.',
  );
});
