import { FileError, MiktError } from '@mikt/core';
import { formatTask, loadRobot, type RobotDefinition, robotFingerprint } from '@mikt/envs';
import type { RunManifest } from '@mikt/runs';
import { readTrainingState } from './checkpoint.js';

/** What a run folder has of a robot of the user's own. */
const FOLDER = 'robot';
const MODEL = 'model';
const TASK = 'task.yaml';

/**
 * Writes a robot of the user's own into its run's folder, to be read and to be used again: `robot/model/` with the model
 * and the files that it names, and `robot/task.yaml` with every setting. The run itself needs it in its checkpoints only.
 * @throws FileError
 */
export async function writeRobot(folder: string, robot: RobotDefinition): Promise<void> {
  const { absolutePath, writeWhole } = await import('@mikt/runs');
  const { mkdir } = process.getBuiltinModule('node:fs/promises');
  const path = process.getBuiltinModule('node:path');
  const write = async (file: string, contents: Uint8Array | string) => {
    const below = path.join(folder, FOLDER, file);
    await mkdir(absolutePath(path.dirname(below)), { recursive: true }).catch((cause: Error) => {
      throw new FileError(below, `its folder cannot be made: ${cause.message}.`, { cause });
    });
    await writeWhole(below, contents);
  };
  for (const [file, bytes] of Object.entries(robot.files)) await write(path.join(MODEL, file), bytes);
  await write(TASK, formatTask(robot));
}

/**
 * The robot that a run was made on, from its folder, or else from its last checkpoint.
 * @returns undefined where it is one of mikt's own environments, or nothing is left of it
 */
export async function readRobot(
  folder: string,
  { robot }: Pick<RunManifest, 'robot'>,
): Promise<RobotDefinition | undefined> {
  if (robot === undefined) return undefined;
  for (const read of [() => fromFolder(folder, robot.model), () => fromCheckpoint(folder)]) {
    try {
      const found = await read();
      if (found && robotFingerprint(found) === robot.fingerprint) return found;
    } catch (error) {
      if (!(error instanceof MiktError)) throw error;
    }
  }
  return undefined;
}

async function fromFolder(folder: string, model: string): Promise<RobotDefinition> {
  const { join } = process.getBuiltinModule('node:path');
  const assets = join(folder, FOLDER, MODEL);
  const { definition } = await loadRobot(join(assets, model), { task: join(folder, FOLDER, TASK), assets });
  return definition;
}

async function fromCheckpoint(folder: string): Promise<RobotDefinition | undefined> {
  const { lastCheckpoint, readCheckpoint } = await import('@mikt/runs');
  const last = await lastCheckpoint(folder);
  return last && readTrainingState(await readCheckpoint(last.path), last.path).robot;
}
