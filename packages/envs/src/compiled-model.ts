import { InvalidInputError } from '@mikt/core';
import type { MainModule, MjModel, MjVFS } from '@mujoco/mujoco';
import { compileProblem } from './compile-problem.js';
import { hasCrashed, physicsError } from './physics.js';

/** A model that names other files, with all of them. Paths have `/` and lead down from one folder. */
export interface ModelFiles {
  /** Path of the model among `files`. */
  readonly model: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** A model as MJCF text, or with its files. */
export type ModelSource = string | ModelFiles;

interface SharedModel {
  readonly mujoco: MainModule;
  readonly source: ModelSource;
  readonly model: MjModel;
  users: number;
}

let handles = 0;
let shared: SharedModel[] = [];

/** Number of MuJoCo objects (models, simulations, buffers) of this thread that were not yet freed. */
export function liveHandles(): number {
  return handles;
}

/** Counts an object that was made (1) or freed (-1). */
export function countHandle(change: 1 | -1): void {
  handles += change;
}

/**
 * Compiles a model, or reuses the compiled one while it has other users.
 * @throws InvalidInputError where MuJoCo refuses the model, or crashes over it, with the reason
 */
export function acquireModel(mujoco: MainModule, source: ModelSource): MjModel {
  let found = shared.find((each) => each.mujoco === mujoco && each.source === source);
  if (!found) {
    found = { mujoco, source, model: compile(mujoco, source), users: 0 };
    shared.push(found);
    countHandle(1);
  }
  found.users++;
  return found.model;
}

/** Gives up a use of a model; the last one frees it. */
export function releaseModel(mujoco: MainModule, source: ModelSource): void {
  const found = shared.find((each) => each.mujoco === mujoco && each.source === source);
  if (!found) return;
  found.users--;
  if (found.users > 0) return;
  shared = shared.filter((each) => each !== found);
  free(mujoco, found.model);
}

/** Frees an object of MuJoCo, which a copy that has crashed cannot do any more. */
export function free(mujoco: MainModule, object: { delete(): void }): void {
  if (!hasCrashed(mujoco)) object.delete();
  countHandle(-1);
}

function compile(mujoco: MainModule, source: ModelSource): MjModel {
  const folder = typeof source === 'string' ? undefined : new mujoco.MjVFS();
  if (folder) countHandle(1);
  try {
    const model = folder
      ? loadFiles(mujoco, source as ModelFiles, folder)
      : mujoco.MjModel.from_xml_string(source as string);
    // By default MuJoCo puts a diverged state back to the initial one and goes on, which would hide it.
    const option = model.opt;
    option.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
    option.delete();
    return model;
  } catch (cause) {
    throw physicsError(mujoco, cause, {
      refused: (message) =>
        new InvalidInputError(`MuJoCo refuses the model: ${compileProblem(message, source)}`, { cause }),
      crashed: (why) =>
        new InvalidInputError(`MuJoCo crashed over the model: ${why}; make the model smaller.`, { cause }),
    });
  } finally {
    if (folder) free(mujoco, folder);
  }
}

function loadFiles(mujoco: MainModule, { model, files }: ModelFiles, folder: MjVFS): MjModel {
  for (const [path, bytes] of Object.entries(files)) folder.addBuffer(path, bytes);
  return mujoco.MjModel.from_xml_path(model, folder);
}
