import { FileError } from '@mikt/core';
import { formatTask, type RobotDefinition } from '@mikt/envs';

/**
 * Writes a robot of the user's own into its run's folder, to be read and to be used again: `robot/model/` with the model
 * and the files that it names, and `robot/task.yaml` with every setting. The run itself needs it in its checkpoints only.
 * @throws FileError
 */
export async function writeRobot(folder: string, robot: RobotDefinition): Promise<void> {
  const { writeWhole } = await import('@mikt/runs');
  const { mkdir } = process.getBuiltinModule('node:fs/promises');
  const path = process.getBuiltinModule('node:path');
  const write = async (file: string, contents: Uint8Array | string) => {
    const below = path.join(folder, 'robot', file);
    await mkdir(path.dirname(below), { recursive: true }).catch((cause: Error) => {
      throw new FileError(below, `its folder cannot be made: ${cause.message}.`, { cause });
    });
    await writeWhole(below, contents);
  };
  for (const [file, bytes] of Object.entries(robot.files)) await write(path.join('model', file), bytes);
  await write('task.yaml', formatTask(robot));
}
