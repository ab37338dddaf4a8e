import { resolveConfig } from '@mikt/algos';
import { MiktError } from '@mikt/core';
import { robotFingerprint } from '@mikt/envs';
import type { RunManifest } from '@mikt/runs';
import type { PlannedRun } from './plan.js';

/**
 * In what an existing run is not the planned one, as parts of a sentence; empty where they agree. What the run was
 * recorded without, for its version did not know the key, counts as today's default.
 * @param fingerprints SHA-256 of the planned teachers' checkpoints, in order
 */
export function differencesFromPlan(
  manifest: RunManifest,
  { config, robot }: PlannedRun,
  fingerprints: readonly string[],
): string[] {
  let recorded: Readonly<Record<string, unknown>>;
  try {
    recorded = resolveConfig(manifest.config);
  } catch (error) {
    if (!(error instanceof MiktError)) throw error;
    return [`its configuration is not one that this version of mikt knows (${error.message})`];
  }
  const planned: Readonly<Record<string, unknown>> = config;
  const keys = new Set([...Object.keys(planned), ...Object.keys(recorded)]);
  const differences = [...keys].flatMap((key) => {
    const [is, asked] = [JSON.stringify(recorded[key]), JSON.stringify(planned[key])];
    return is === asked ? [] : [`it has ${key} ${is} and the study asks for ${asked}`];
  });
  for (const { from } of manifest.continuations ?? [])
    differences.push(`it was continued from ${from} steps, where its schedules began anew`);
  if (manifest.robot?.fingerprint !== (robot && robotFingerprint(robot))) {
    differences.push('its robot has another model or task than the one that the study names');
  }
  const recordedTeachers = fingerprintsOf(manifest);
  if (recordedTeachers.join() !== fingerprints.join()) {
    differences.push(
      recordedTeachers.length === fingerprints.length
        ? 'its teacher is another checkpoint than the one that the study names'
        : `it has ${recordedTeachers.length} teachers and the study asks for ${fingerprints.length}`,
    );
  }
  return differences;
}

/** Of the teachers that a run was started with, in order. */
function fingerprintsOf(manifest: RunManifest): string[] {
  return manifest.teachers.map(({ fingerprint }) => fingerprint);
}
