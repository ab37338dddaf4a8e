import { FileError, InvalidInputError, nearestName, parseConfig } from '@mikt/core';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { Simulation } from '../mujoco.js';
import { isKnownEnv } from '../registry.js';
import { collectFiles } from './collect-files.js';
import { checkDefinition, type RobotDefinition } from './definition.js';
import { LIMITS } from './model-limits.js';
import { isModelFile } from './model-xml.js';
import { NOTHING_MOVES, resolveTask, type TakenDefault } from './resolve-task.js';
import { robotTaskOf } from './robot-task.js';
import { robotName, type TaskFile, taskFile, taskKeys } from './task-keys.js';

/** A robot of one's own, and what its task left open. */
export interface LoadedRobot {
  readonly definition: RobotDefinition;
  /** Settings that the task leaves open, with what they came to. */
  readonly defaults: readonly TakenDefault[];
}

export interface LoadRobotOptions {
  /** `forward`, the path of a task file, or its contents. Default: `forward`, with every other setting by default. */
  readonly task?: string | TaskFile;
  /** Folder that holds the model and all files that it names; default: the model's own. */
  readonly assets?: string;
}

/** Tasks that are named instead of read from a file. */
const TASKS: readonly string[] = taskKeys.task.options;

/** MuJoCo's name of a model that has none. */
const NAMELESS = 'MuJoCo Model';

/** Whether an argument means a model file, and not an environment by its name. */
export function isRobotPath(given: string): boolean {
  return isModelFile(given) || /[\\/]/.test(given);
}

/**
 * Reads a robot of one's own: MJCF (or URDF) and a task, checks that they go together, and writes every setting out.
 * What it gives is complete in itself, for `makeEnv` in any thread. Node only.
 * @param file the model
 * @throws FileError where a file cannot be read; InvalidInputError where the task or the model is wrong
 */
export async function loadRobot(file: string, options: LoadRobotOptions = {}): Promise<LoadedRobot> {
  const task = await readTask(options.task ?? 'forward');
  const { model, files } = await collectFiles(file, options.assets);
  return defineRobot({ model, files }, task);
}

/**
 * As `loadRobot`, of files that are there already; works in browsers too.
 * @param task contents of a task file
 * @throws InvalidInputError where the task or the model is wrong
 */
export async function defineRobot(
  { model, files }: Pick<RobotDefinition, 'model' | 'files'>,
  task: TaskFile = {},
): Promise<LoadedRobot> {
  const given = parseConfig(taskFile, task, 'the task');
  const bare = { name: given.name ?? 'robot', model, files } as RobotDefinition;
  checkDefinition(bare);
  const simulation = await Simulation.create(bare);
  try {
    const name = given.name ?? nameOf(simulation.describe().name, model);
    if (isKnownEnv(name)) {
      throw new InvalidInputError(
        `the robot would be called "${name}", as one of mikt's own environments is; give it another name, with "name" in ` +
          'its task file.',
      );
    }
    const { task: complete, defaults } = inTask(() => resolveTask(given, simulation));
    const definition: RobotDefinition = { name, model, files, task: complete };
    inTask(() => robotTaskOf(definition, simulation));
    return { definition, defaults };
  } finally {
    simulation.dispose();
  }
}

/** The name that the model gives itself, or else that of its file, in letters that a folder may have. */
function nameOf(own: string, model: string): string {
  const stem = model
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
  const wanted = own === '' || own === NAMELESS ? stem : own;
  const name = wanted
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60);
  return robotName.safeParse(name).success ? name : 'robot';
}

async function readTask(given: string | TaskFile): Promise<TaskFile> {
  if (typeof given !== 'string') return given;
  if (TASKS.includes(given)) return { task: given as TaskFile['task'] & string };
  const text = await readTaskText(given);
  let value: unknown;
  try {
    // Its warnings would go to the process, past whoever asked.
    value = parseYaml(text, { prettyErrors: true, maxAliasCount: 100, logLevel: 'error' });
  } catch (cause) {
    // What is nested too deeply ends the stack, and what names itself too often the patience, of the parser.
    const known = [YAMLParseError, ReferenceError, RangeError].some((kind) => cause instanceof kind);
    if (!known) throw cause;
    throw new InvalidInputError(
      `${given} is not YAML: ${(cause as Error).message.split('\n')[0]!.replace(/[:.]?$/, '.')}`,
      {
        cause,
      },
    );
  }
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new InvalidInputError(
      `${given}: a task file is a map of settings, such as "task: forward"; its keys are ${Object.keys(taskFile.shape).join(', ')}.`,
    );
  }
  return parseConfig(taskFile, value ?? {}, given);
}

async function readTaskText(given: string): Promise<string> {
  const { readFile, stat } = process.getBuiltinModule('node:fs/promises');
  try {
    const { size } = await stat(given);
    if (size > LIMITS.text) throw new InvalidInputError(`${given} is too large for a task file.`);
    return await readFile(given, 'utf8');
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new FileError(given, `cannot be read: ${message}.`, { cause });
    if (/[\\/.]/.test(given)) throw new FileError(given, 'there is no such task file.', { cause });
    const nearest = nearestName(given, TASKS);
    throw new InvalidInputError(
      `unknown task "${given}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`} ` +
        `Known: ${TASKS.join(', ')}, and task files (YAML or JSON) by their paths.`,
      { code: 'unknown-task' },
    );
  }
}

/** Says of an error that it is about the task. */
function inTask<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.code === NOTHING_MOVES) throw error;
    throw new InvalidInputError(`the task does not fit the model: ${error.message}`, {
      cause: error,
      code: error.code,
    });
  }
}
