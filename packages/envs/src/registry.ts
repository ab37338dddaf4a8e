import { InvalidInputError, UnknownNameError } from '@mikt/core';
import type { Env } from './env.js';
import { Simulation } from './mujoco.js';
import { MujocoEnv, type MujocoEnvOptions } from './mujoco-env.js';
import { checkDefinition, type RobotDefinition } from './robot/definition.js';
import { robotTaskOf } from './robot/robot-task.js';
import { antTask } from './tasks/ant.js';
import { centipedeTask } from './tasks/centipede.js';
import { hopperTask } from './tasks/hopper.js';
import type { Task } from './tasks/task.js';

const ONES = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'] as const;
const TEENS = [
  ...(['Ten', 'Eleven', 'Twelve', 'Thirteen', 'Fourteen'] as const),
  ...(['Fifteen', 'Sixteen', 'Seventeen', 'Eighteen', 'Nineteen'] as const),
] as const;
const TENS = ['Twenty', 'Thirty', 'Forty', 'Fifty', 'Sixty', 'Seventy', 'Eighty', 'Ninety'] as const;

type One = (typeof ONES)[number];
type Ten = (typeof TENS)[number];
type NumberWord = One | (typeof TEENS)[number] | Ten | `${Ten}${One}`;

/** English numbers from 1 to 99, as in TwentyOne, in order. */
const WORDS: readonly string[] = [
  ...ONES,
  ...TEENS,
  ...TENS.flatMap((ten) => [ten, ...ONES.map((one) => `${ten}${one}` as const)]),
];

/** Names that `makeEnv` turns into a MuJoCo environment. */
export type MujocoEnvName = 'Ant' | 'Hopper' | `${'' | 'Cp'}Centipede${NumberWord | number}`;

/** Makes one environment; called with what `makeEnv` was given. */
export type EnvFactory = (options: MujocoEnvOptions) => Env | Promise<Env>;

/** What environments are made from: a name, or a robot of one's own. */
export type EnvSource = string | RobotDefinition;

/** Most legs of a centipede made by name; `centipedeTask` has no such limit. */
const MOST_LEGS = 99;

const builtIn: readonly MujocoEnvName[] = [
  'CentipedeFour',
  'CentipedeSix',
  'CentipedeEight',
  'CpCentipedeSix',
  'CpCentipedeEight',
  'Ant',
  'Hopper',
];
const registered = new Map<string, EnvFactory>();

/** Names of the environments: the built-in ones, then those registered. Centipedes of other sizes exist too. */
export function listEnvs(): string[] {
  return [...builtIn, ...registered.keys()];
}

/**
 * Makes an environment: of a robot of one's own (see `loadRobot`), or by name: one of `listEnvs()`, or a centipede with 3 to 99 legs as a word or a number,
 * `CentipedeTen` and `Centipede10` being the same, with `Cp` in front for one whose front legs have no motors.
 * @throws UnknownNameError with the nearest name; InvalidInputError for a number of legs out of range, or a robot that
 * MuJoCo refuses
 */
export function makeEnv(
  source: MujocoEnvName | RobotDefinition,
  options?: MujocoEnvOptions,
): Promise<MujocoEnv>;
export function makeEnv(source: EnvSource, options?: MujocoEnvOptions): Promise<Env>;
export async function makeEnv(source: EnvSource, options: MujocoEnvOptions = {}): Promise<Env> {
  if (typeof source !== 'string') return makeRobot(source, options);
  const name = source;
  const factory = registered.get(name);
  if (factory) return factory(options);
  const named = builtInTask(name);
  if (named) return MujocoEnv.create(named.name, named.task, options);
  throw new UnknownNameError(
    'environment',
    name,
    listEnvs(),
    `centipedes may have 3 to ${MOST_LEGS} legs, as in CentipedeTen or CpCentipede14; a robot of one's own goes by its model ` +
      'file, as in ./robot.xml',
  );
}

/**
 * Makes an environment available to `makeEnv` in this thread.
 * @throws InvalidInputError when the name is empty or taken
 */
export function registerEnv(name: string, factory: EnvFactory): void {
  if (name.trim() === '') throw new InvalidInputError('an environment needs a name, got an empty one.');
  if (registered.has(name) || builtInTask(name)) {
    throw new InvalidInputError(`there is an environment named "${name}" already; choose another name.`);
  }
  registered.set(name, factory);
}

/** Whether environments of this name are made without a definition. */
export function isKnownEnv(name: string): boolean {
  try {
    return registered.has(name) || builtInTask(name) !== undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return true;
    throw error;
  }
}

async function makeRobot(definition: RobotDefinition, options: MujocoEnvOptions): Promise<MujocoEnv> {
  checkDefinition(definition);
  const simulation = await Simulation.create(definition);
  try {
    return await MujocoEnv.create(definition.name, robotTaskOf(definition, simulation), options);
  } finally {
    simulation.dispose();
  }
}

function builtInTask(name: string): { name: string; task: Task } | undefined {
  if (name === 'Ant') return { name, task: antTask() };
  if (name === 'Hopper') return { name, task: hopperTask() };
  const match = /^(Cp)?Centipede(\w+)$/.exec(name);
  const legs = match ? legCount(match[2]!) : undefined;
  if (!match || legs === undefined) return undefined;
  if (legs < 3 || legs > MOST_LEGS) {
    throw new InvalidInputError(`"${name}" asks for ${legs} legs; centipedes have 3 to ${MOST_LEGS}.`);
  }
  const crippled = match[1] !== undefined;
  return {
    name: `${crippled ? 'Cp' : ''}Centipede${WORDS[legs - 1]!}`,
    task: centipedeTask({ legs, crippled }),
  };
}

function legCount(text: string): number | undefined {
  if (/^(0|[1-9]\d*)$/.test(text)) return Number(text);
  const index = WORDS.indexOf(text);
  return index < 0 ? undefined : index + 1;
}
