import type { RunManifest } from '@mikt/runs';
import { expect, it } from 'vitest';
import { differencesFromPlan } from './compare.js';
import { planStudy } from './plan.js';
import { parseStudy } from './schema.js';

const { runs } = planStudy(
  parseStudy(
    `
name: grid
steps: 20_000
seeds: [1]
pairs: [{ teacher: "zoo:CentipedeFour", env: CentipedeSix }]
methods: [{ label: MIKT, algo: mikt }]
`,
    'grid.yaml',
  ),
);
const run = runs[0]!;

function manifest(config: Record<string, unknown> = {}, fingerprint = 'aa'): RunManifest {
  return {
    formatVersion: 1,
    name: 'mikt-s1',
    createdAt: '2026-01-01T00:00:00.000Z',
    command: ['mikt'],
    status: 'finished',
    config: { ...run.config, ...config },
    env: 'CentipedeSix',
    algo: 'mikt',
    seed: 1,
    steps: 20_480,
    teachers: [{ source: 'zoo:CentipedeFour', env: 'CentipedeFour', fingerprint }],
    versions: {},
    host: { platform: 'linux', arch: 'x64', cores: 2, cpu: '' },
  };
}

it('finds none in the run that was planned, also when a version recorded fewer keys', () => {
  expect(differencesFromPlan(manifest(), run, ['aa'])).toEqual([]);
  const config = run.config as unknown as Record<string, unknown>;
  for (const key of ['klCoefficient', 'checkpointMinutes', 'keepCheckpoints', 'onNan']) {
    const { [key]: value, ...older } = config;
    expect(value, key).toBeDefined();
    expect(differencesFromPlan({ ...manifest(), config: older }, run, ['aa']), key).toEqual([]);
  }
});

it('names each key with both values', () => {
  expect(differencesFromPlan(manifest({ epochs: 3, policyHidden: [32] }), run, ['aa'])).toEqual([
    'it has epochs 3 and the study asks for 10',
    'it has policyHidden [32] and the study asks for [64,64]',
  ]);
});

it('tells another teacher, and another number of teachers', () => {
  expect(differencesFromPlan(manifest({}, 'bb'), run, ['aa'])).toEqual([
    'its teacher is another checkpoint than the one that the study names',
  ]);
  expect(differencesFromPlan(manifest(), run, [])).toEqual(['it has 1 teachers and the study asks for 0']);
});

it('says so where a configuration cannot be read', () => {
  expect(differencesFromPlan(manifest({ epocs: 3 }), run, ['aa'])[0]).toMatch(
    /not one that this version of mikt knows .*"epocs"/,
  );
});

it('finds a run that was given more steps: its schedules are not those of one planned that long', () => {
  const continued = {
    ...manifest(),
    continuations: [{ at: '2026-01-02T00:00:00.000Z', from: 10_240, to: 20_480, command: [], versions: {} }],
  };
  expect(differencesFromPlan(continued, run, ['aa'])).toEqual([
    'it was continued from 10240 steps, where its schedules began anew',
  ]);
});
