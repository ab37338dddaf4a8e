import { createHash } from 'node:crypto';
import { InvalidInputError } from '@mikt/core';
import { z } from 'zod';

/** Of job data, of what is stored, and of how workers behave: another format is another queue. */
export const QUEUE_FORMAT = 1;

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'expected a name');
/** Of what the command line knows by name: never an option, never a path. */
const known = z.string().regex(/^\w[\w-]*$/, 'expected a name');
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256');

/** Relative, with `/`, and never out of the folder that it is relative to. */
export const insidePath = z
  .string()
  .max(1024)
  .refine(isInside, 'expected a relative path that stays inside its folder');

/** What is not a path: no control characters, no separators of other systems, nothing that climbs. */
export function isInside(path: string): boolean {
  return path.split('/').every((part) => /^[^\p{C}\\:]+$/u.test(part) && part !== '.' && part !== '..');
}

const runJobSchema = z.strictObject({
  format: z.literal(QUEUE_FORMAT),
  study: name,
  folder: insidePath,
  method: z.string().min(1),
  env: known,
  algo: known,
  seed: z.int().min(0),
  steps: z.int().min(1),
  preset: known.optional(),
  overrides: z.record(z.string(), z.unknown()),
  teachers: z.array(
    z.strictObject({
      argument: z.union([z.string().regex(/^zoo:[\w.+-]+$/), insidePath]),
      fingerprint: digest,
      file: digest.optional(),
    }),
  ),
  fingerprint: digest,
  store: z.strictObject({ id: z.string().min(1), location: z.string().min(1) }),
});

/**
 * One run of a study, as it waits in the queue. Nothing in it is secret.
 *
 * - `folder`: below the study's, with `/`
 * - `preset`, `overrides`, `env`, `algo`, `seed`, `steps`: what the run's configuration is made of
 * - `teachers`: what `--teacher` takes, relative to the folder that the run is started in; the SHA-256 of each one's
 *   contents; and of a file the SHA-256 of its bytes, under which the store has it
 * - `fingerprint`: of the complete configuration and the teachers: whoever comes to another one must not run it
 * - `store`: where its files go
 */
export type RunJob = Readonly<z.output<typeof runJobSchema>>;

/** @throws InvalidInputError where a job is not one that this version makes */
export function parseRunJob(value: unknown): RunJob {
  const result = runJobSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InvalidInputError(
    `the queue holds a job that is no run of this version of mikt (${issue!.path.join('.') || 'job'}: ${issue!.message}).`,
  );
}

/** SHA-256 of a run's complete configuration and of its teachers, the order of keys aside. */
export function fingerprintOf(
  config: Readonly<Record<string, unknown>>,
  teachers: readonly string[],
): string {
  return sha256(JSON.stringify({ config: sorted(config), teachers }));
}

/** The job's name in the queue: the same for the same run of the same study, whoever asks for it. */
export function jobId({
  study,
  folder,
  fingerprint,
}: Pick<RunJob, 'study' | 'folder' | 'fingerprint'>): string {
  return `${study}/${folder}@${fingerprint.slice(0, 16)}`;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
