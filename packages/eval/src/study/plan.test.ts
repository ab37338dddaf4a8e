import { resolveConfig } from '@mikt/algos';
import { expect, it } from 'vitest';
import { planStudy } from './plan.js';
import { parseStudy, type Study } from './schema.js';

const study = (changes: Partial<Study> = {}): Study => ({
  ...parseStudy(
    `
name: grid
steps: 20_000
seeds: [3, 1]
preset: paper
set: { epochs: 5 }
pairs:
  - { teacher: "zoo:CentipedeFour", env: CentipedeSix }
  - { teacher: ../teachers/Hopper.safetensors, env: CentipedeSix }
  - { teacher: runs/ant/, env: CentipedeEight, name: ant }
methods:
  - { label: VPG, algo: vpg }
  - { label: "MIKT, w/o MI", algo: mikt, set: { epochs: 2, miCoefficient: 0 } }
`,
    'grid.yaml',
  ),
  ...changes,
});

it('names the runs after pair, method and seed, and trains from scratch once per environment', () => {
  const { runs, pairs } = planStudy(study());
  expect(runs.map(({ folder }) => folder)).toEqual([
    'CentipedeSix/vpg-s3',
    'CentipedeFour-to-CentipedeSix/mikt-w-o-mi-s3',
    'Hopper-to-CentipedeSix/mikt-w-o-mi-s3',
    'CentipedeEight/vpg-s3',
    'ant/mikt-w-o-mi-s3',
    'CentipedeSix/vpg-s1',
    'CentipedeFour-to-CentipedeSix/mikt-w-o-mi-s1',
    'Hopper-to-CentipedeSix/mikt-w-o-mi-s1',
    'CentipedeEight/vpg-s1',
    'ant/mikt-w-o-mi-s1',
  ]);
  expect(pairs.map(({ name }) => name)).toEqual([
    'CentipedeFour-to-CentipedeSix',
    'Hopper-to-CentipedeSix',
    'ant',
  ]);
  const scratch = pairs.map(({ methods }) => methods[0]!.runs);
  expect(scratch[0]).toEqual(scratch[1]);
  expect(scratch[0]![0]).toBe(runs[0]);
  expect(scratch[2]![0]).toBe(runs[3]);
  expect(runs[0]!.teachers).toEqual([]);
  expect(runs[1]!.teachers).toEqual(['zoo:CentipedeFour']);
});

it("resolves configurations: the method's settings over the study's over the preset's over the defaults", () => {
  const { runs } = planStudy(study());
  expect(runs[0]!.config).toEqual(
    resolveConfig({ env: 'CentipedeSix', algo: 'ppo', seed: 3, steps: 20_000, epochs: 5 }),
  );
  expect(runs[1]!.config).toMatchObject({ epochs: 2, miCoefficient: 0, klCoefficient: 0.1, steps: 20_480 });
  expect(runs[1]!.preset).toBe('paper');
  expect(runs[1]!.overrides).toEqual({ epochs: 2, miCoefficient: 0 });
});

it('gives a pair several teachers', () => {
  const { pairs } = planStudy(
    study({
      pairs: [{ teacher: ['zoo:CentipedeFour', 'zoo:CentipedeSix'], env: 'CentipedeEight' }],
    }),
  );
  expect(pairs[0]!.name).toBe('CentipedeFour+CentipedeSix-to-CentipedeEight');
  expect(pairs[0]!.methods[1]!.runs[0]!.teachers).toEqual(['zoo:CentipedeFour', 'zoo:CentipedeSix']);
});

it('makes no folder outside of its own', () => {
  const { runs } = planStudy(study({ pairs: [{ teacher: '../../t', env: '../../outside' }] }));
  expect(runs.map(({ folder }) => folder.split('/')[0])).toContain('outside');
  for (const { folder } of runs) expect(folder).not.toContain('..');
});

it.each<[string, Partial<Study>, RegExp]>([
  [
    'an unknown algorithm',
    { methods: [{ label: 'X', algo: 'mitk' }] },
    /study grid, method "X": unknown algorithm "mitk"; did you mean "mikt"\?/,
  ],
  [
    'an unknown key',
    { set: { epoch: 1 } },
    /method "VPG": configuration: unknown key "epoch"; did you mean "epochs"\?/,
  ],
  [
    'an impossible value',
    { set: { epochs: 0 }, methods: [{ label: 'X', algo: 'vpg' }] },
    /epochs: .*>=1, got 0/,
  ],
  ['an unknown preset', { preset: 'papr' }, /unknown preset "papr"; did you mean "paper"\?/],
  ['too few steps', { steps: 2048 }, /method "MIKT, w\/o MI": .*too few/],
  ['no teacher', { pairs: [{ env: 'Ant' }] }, /MIKT needs a teacher; give one to the pair with env Ant/],
  [
    'two labels that make one folder',
    {
      methods: [
        { label: 'MIKT, a', algo: 'mikt' },
        { label: 'MIKT (a)', algo: 'mikt' },
      ],
    },
    /the methods "MIKT, a" and "MIKT \(a\)" would share the folder "mikt-a"; give one of them another label/,
  ],
  [
    'environments that make one folder',
    { pairs: [{ env: 'a/Ant' }, { env: 'b/Ant', name: 'b' }], methods: [{ label: 'VPG', algo: 'vpg' }] },
    /the environments "a\/Ant" and "b\/Ant" would share the folder "Ant\/vpg-s3"/,
  ],
  [
    'two pairs that make one folder',
    {
      pairs: [
        { teacher: 'a/one.safetensors', env: 'Ant' },
        { teacher: 'b/one.safetensors', env: 'Ant' },
      ],
    },
    /the pairs one-to-Ant and one-to-Ant would share the folder "one-to-Ant"; give one of them another name/,
  ],
])('refuses %s, naming the method', (_what, changes, sentence) => {
  expect(() => planStudy(study(changes))).toThrow(sentence);
});
