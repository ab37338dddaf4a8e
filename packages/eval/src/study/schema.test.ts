import { describe, expect, it } from 'vitest';
import { parseStudy } from './schema.js';

const STUDY = `
name: two
steps: 1_000_000
seeds: [1, 2]
set: { epochs: 5 }
pairs: [{ teacher: "zoo:CentipedeFour", env: CentipedeSix }]
methods:
  - { label: VPG, algo: vpg }
  - { label: MIKT, algo: mikt, preset: paper, set: { miCoefficient: 0 } }
`;

it('reads YAML, with numbers as people write them', () => {
  expect(parseStudy(STUDY, 'two.yaml')).toEqual({
    name: 'two',
    steps: 1_000_000,
    seeds: [1, 2],
    set: { epochs: 5 },
    pairs: [{ teacher: 'zoo:CentipedeFour', env: 'CentipedeSix' }],
    methods: [
      { label: 'VPG', algo: 'vpg' },
      { label: 'MIKT', algo: 'mikt', preset: 'paper', set: { miCoefficient: 0 } },
    ],
  });
  expect(parseStudy(STUDY.replace('1_000_000', '2e6'), 'two.yaml').steps).toBe(2_000_000);
  expect(parseStudy(STUDY.replace('epochs: 5', 'stepsPerUpdate: 4_096'), 'two.yaml').set).toEqual({
    stepsPerUpdate: 4096,
  });
});

it('reads JSON', () => {
  const study = parseStudy(STUDY, 'two.yaml');
  expect(parseStudy(JSON.stringify(study), 'two.json')).toEqual(study);
});

/** Nine lists in each of nine lists …: 9^9 in all. */
const BOMB = Array.from({ length: 9 }, (_, i) => {
  const entries = Array(9).fill(i === 0 ? 'x' : `*l${i - 1}`);
  return `l${i}: &l${i} [${entries.join()}]`;
}).join('\n');

describe('wrong input gets a sentence that names the file, the key and what is allowed', () => {
  it.each([
    ['no map', 'runs', /^two\.yaml: a study is a map with the keys name, description, steps, seeds/],
    ['broken YAML', 'name: [', /^two\.yaml is not YAML: .*line 1/],
    ['a key twice', `${STUDY}\nname: again`, /^two\.yaml is not YAML: Map keys must be unique/],
    ['an alias of nothing', 'name: *x', /^two\.yaml is not YAML: Unresolved alias.*x\.$/],
    ['an alias bomb', BOMB, /^two\.yaml is not YAML: Excessive alias count.*\.$/],
    ['an unknown key', `${STUDY}\nseed: 3`, /two\.yaml: unknown key "seed"; did you mean "seeds"\?/],
    [
      'an unknown key of a pair',
      STUDY.replace('teacher:', 'teachers:'),
      /pairs\[0\]: unknown key "teachers"; did you mean "teacher"\? Known keys: name, teacher, env/,
    ],
    [
      'an unknown key of a method',
      STUDY.replace('preset:', 'presets:'),
      /methods\[1\]: unknown key "presets"; did you mean "preset"\?/,
    ],
    ['a method without algorithm', STUDY.replace(', algo: vpg', ''), /methods\[0\]: algo: .*expected string/],
    ['no seeds', STUDY.replace('[1, 2]', '[]'), /seeds: .*>=1/],
    ['a seed twice', STUDY.replace('[1, 2]', '[1, 1]'), /seed 1 is there twice/],
    ['steps that are no number', STUDY.replace('1_000_000', 'many'), /steps: .*expected number.*got "many"/],
    ['half a step', STUDY.replace('1_000_000', '0.5'), /steps: .*expected int.*got 0\.5/],
    [
      'a name with a path',
      STUDY.replace('name: two', 'name: ../two'),
      /name: expected letters.*got "\.\.\/two"/,
    ],
    [
      'a key of the study among the overrides',
      STUDY.replace('miCoefficient', 'seed'),
      /methods\[1\]: set: expected no "seed" here, a study has a key of its own for it/,
    ],
    [
      'a teacher that is no text',
      STUDY.replace('"zoo:CentipedeFour"', '7'),
      /pairs\[0\]: teacher: expected a checkpoint, a run, zoo:<name>, or a list of them, got 7/,
    ],
    ['a label twice', STUDY.replace('label: MIKT', 'label: VPG'), /two methods are labelled "VPG"/],
  ])('%s', (_what, source, sentence) => {
    expect(() => parseStudy(source, 'two.yaml')).toThrow(sentence);
  });
});
