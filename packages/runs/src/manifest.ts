import { FileError } from '@mikt/core';
import * as z from 'zod';

export const RUN_FORMAT_VERSION = 1;

const count = z.int().min(0);

const versions = z.record(z.string(), z.string());
const git = z.strictObject({ commit: z.string(), dirty: z.boolean() });

export const manifestSchema = z.strictObject({
  formatVersion: z.literal(RUN_FORMAT_VERSION),
  name: z.string().min(1),
  createdAt: z.iso.datetime(),
  command: z.array(z.string()),
  status: z.enum(['running', 'finished', 'interrupted', 'failed']),
  reason: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  env: z.string().min(1),
  algo: z.string().min(1),
  method: z.string().min(1).optional(),
  seed: count,
  steps: count,
  teachers: z
    .array(z.strictObject({ source: z.string(), env: z.string().min(1), fingerprint: z.string() }))
    .default([]),
  robot: z.strictObject({ model: z.string(), fingerprint: z.string() }).optional(),
  continuations: z
    .array(
      z.strictObject({
        at: z.iso.datetime(),
        from: count,
        to: count,
        command: z.array(z.string()),
        versions,
        git: git.optional(),
      }),
    )
    .optional(),
  versions,
  host: z.strictObject({ platform: z.string(), arch: z.string(), cores: count, cpu: z.string() }),
  git: git.optional(),
});

/**
 * What run.json holds: how the run was made, and how it stands.
 *
 * - `command`: the argument vector that started it, `mikt` first
 * - `reason`: why it was interrupted or failed
 * - `config`: complete, defaults written out; JSON data
 * - `method`: what figures call it: the algorithm and what sets this configuration of it apart
 * - `steps`: environment steps planned
 * - `teachers`: where each came from, the environment it was trained on, and its checkpoint's SHA-256
 * - `robot`: of a robot of the user's own, its model below `robot/model/`, and the SHA-256 of model, files and task,
 *   which are in every checkpoint
 * - `continuations`: each time that it was given more steps, oldest first: when, the environment steps planned until
 *   then (`from`) and since (`to`), and by which command and versions; `config` and `steps` say the last total
 * - `versions`: of mikt, node, mujoco, and the engine
 */
export type RunManifest = Readonly<z.infer<typeof manifestSchema>>;

/** One entry of `continuations`. */
export type Continuation = NonNullable<RunManifest['continuations']>[number];

/** A manifest before this package has put its format's version in. */
export type NewRunManifest = Readonly<Omit<z.input<typeof manifestSchema>, 'formatVersion'>>;

/** Checks a manifest that is about to be written or was just read. @throws FileError naming each wrong key */
export function checkManifest(value: unknown, path: string): RunManifest {
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > RUN_FORMAT_VERSION) {
    throw new FileError(
      path,
      `is a run of format ${version}; this version of mikt reads format ${RUN_FORMAT_VERSION}. ` +
        'Use the version that wrote it, or a newer one.',
    );
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'run.json'}: ${issue.message}`,
  );
  throw new FileError(path, `is not a run's manifest (${problems.join('; ')}).`);
}

/** Reads run.json's text. @throws FileError where it is damaged or of a newer format */
export function parseManifest(text: string, path = 'run.json'): RunManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileError(path, 'is not JSON; the file is damaged.', { cause });
  }
  return checkManifest(value, path);
}

/** run.json's text. @throws FileError naming each wrong key */
export function formatManifest(manifest: RunManifest, path = 'run.json'): string {
  return `${JSON.stringify(checkManifest(manifest, path), undefined, 2)}\n`;
}
