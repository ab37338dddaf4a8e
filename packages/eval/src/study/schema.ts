import { InvalidInputError, parseConfig, parseNumber } from '@mikt/core';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';

/** A name that becomes a folder: the same on every file system, and never a path. */
const folderName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+-]*$/,
    'expected letters, digits, ".", "_", "+" and "-", as in four-to-six',
  );

// YAML 1.2 reads 1_000_000 as text; people write it all the same.
const count = (minimum: number) =>
  z
    .preprocess(
      (value) => (typeof value === 'string' ? (parseNumber(value) ?? value) : value),
      z.int().min(minimum),
    )
    .describe(`a whole number from ${minimum}`);

const text = z.string().trim().min(1, 'expected a text that is not empty');

/** Keys of a run's configuration that a study sets by its own keys. */
const OWN_KEYS = ['env', 'algo', 'seed', 'steps'] as const;

const overrides = z
  .record(z.string(), z.unknown())
  .superRefine((values, context) => {
    for (const key of OWN_KEYS) {
      if (key in values) {
        context.addIssue({
          code: 'custom',
          message: `expected no "${key}" here, a study has a key of its own for it`,
        });
      }
    }
  })
  .transform((values) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        typeof value === 'string' ? (parseNumber(value) ?? value) : value,
      ]),
    ),
  );

const pair = z.strictObject({
  /** Folder of the pair's runs; default: `<teachers>-to-<env>`. */
  name: folderName.optional(),
  /** Checkpoint file, run folder or `zoo:<name>`; several teach together. */
  teacher: z
    .union([text, z.array(text).min(1)], {
      error: 'expected a checkpoint, a run, zoo:<name>, or a list of them',
    })
    .optional(),
  /** An environment's name, or a model file of a robot of one's own. */
  env: text,
  /** Of a model file: its task file. */
  task: text.optional(),
  /** Of a model file: the folder that holds all that it names, where that is not its own. */
  assets: text.optional(),
});

const method = z.strictObject({
  /** As tables and figures call it; its runs' folders are named after it. */
  label: text,
  algo: text,
  preset: text.optional(),
  set: overrides.optional(),
});

const studySchema = z.strictObject({
  name: folderName,
  description: z.string().optional(),
  steps: count(1),
  seeds: z.array(count(0)).min(1),
  preset: text.optional(),
  set: overrides.optional(),
  pairs: z.array(pair).min(1),
  methods: z.array(method).min(1),
});

/**
 * A grid of runs: every method on every pair of teacher and environment, with every seed.
 *
 * - `name`: its runs' folder is `runs/<name>` unless another is given
 * - `steps`: environment steps of each run, rounded up to whole updates
 * - `preset`, `set`: of every method; a method's own preset replaces the first, its `set` goes over the second
 */
export type Study = z.output<typeof studySchema>;
export type StudyPair = Study['pairs'][number];
export type StudyMethod = Study['methods'][number];

/** Schemas by the key whose value they describe, to name what is allowed where a key is unknown. */
const PARTS = { pairs: pair, methods: method } as const;

/**
 * Reads a study file: YAML 1.2, of which JSON is a part.
 * @param path for error messages
 * @throws InvalidInputError naming the key, what was got and what is allowed
 */
export function parseStudy(source: string, path: string): Study {
  let value: unknown;
  try {
    // Its warnings would go to the process, past whoever asked.
    value = parseYaml(source, { prettyErrors: true, logLevel: 'error' });
  } catch (cause) {
    // Besides what is wrong with the syntax: aliases that do not exist, or that would fill the memory.
    const [problem] = (cause as Error).message.split('\n');
    throw new InvalidInputError(`${path} is not YAML: ${problem!.replace(/[:.]?$/, '.')}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputError(
      `${path}: a study is a map with the keys ${Object.keys(studySchema.shape).join(', ')}; see studies/ for examples.`,
    );
  }
  for (const [list, schema] of Object.entries(PARTS)) {
    const entries = (value as Record<string, unknown>)[list];
    if (!Array.isArray(entries)) continue;
    // Entry by entry, so that an unknown key is answered with the keys of its own map.
    entries.forEach((entry, index) => {
      parseConfig(schema, entry, `${path}, ${list}[${index}]`);
    });
  }
  const study = parseConfig(studySchema, value, path);
  refuseRepeated(study.seeds, (seed) => `${path}: seed ${seed} is there twice; give each seed once.`);
  refuseRepeated(
    study.methods.map(({ label }) => label),
    (label) => `${path}: two methods are labelled "${label}"; give each a label of its own.`,
  );
  return study;
}

function refuseRepeated<T>(values: readonly T[], sentence: (value: T) => string): void {
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) throw new InvalidInputError(sentence(repeated));
}
