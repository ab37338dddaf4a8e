import { MiktError } from '@mikt/core';
import { type Env, isDrawable, MujocoEnv, makeEnv, type RobotDefinition } from '@mikt/envs';
import { slug } from './format.js';
import { stillPicture } from './viewer/index.js';

/** What the report says of an environment. */
export interface Robot {
  readonly name: string;
  /** What it is, in a sentence or two; undefined for one that only its maker knows. */
  readonly about: string | undefined;
  readonly observations: number;
  readonly actions: number;
  readonly maxEpisodeSteps: number;
  /** Seconds of a step, bodies and, of those on MuJoCo, mass; undefined for what cannot be drawn. */
  readonly model:
    | { readonly seconds: number; readonly bodies: number; readonly kilograms: number | undefined }
    | undefined;
  /** SVG elements, light and dark; undefined for what cannot be drawn. */
  readonly picture: { readonly light: string; readonly dark: string } | undefined;
}

export type CreateEnv = (name: string) => Promise<Env>;

/** Robots of the users' own, by what the report calls their environments. */
export type OwnRobots = ReadonlyMap<string, RobotDefinition>;

/** Describes environments, each made once and disposed. What this version cannot make is left out. */
export async function describeRobots(
  names: readonly string[],
  createEnv: CreateEnv = makeEnv,
  own: OwnRobots = new Map(),
): Promise<Robot[]> {
  const robots: Robot[] = [];
  for (const name of names) {
    let env: Env;
    const definition = own.get(name);
    try {
      env = await (definition ? makeEnv(definition) : createEnv(name));
    } catch (error) {
      if (error instanceof MiktError) continue;
      throw error;
    }
    try {
      robots.push(describe(env, name, definition));
    } finally {
      env.dispose();
    }
  }
  return robots;
}

function describe(env: Env, name: string, definition?: RobotDefinition): Robot {
  const { spaces, maxEpisodeSteps } = env;
  const described = {
    name,
    about: definition ? aboutOwn(definition) : aboutOf(name),
    observations: spaces.observation.size,
    actions: spaces.action.size,
    maxEpisodeSteps,
  };
  if (!isDrawable(env)) return { ...described, model: undefined, picture: undefined };
  env.reset({ seed: 0 });
  const scene = env.simulation.scene();
  const picture = (theme: 'light' | 'dark') =>
    stillPicture(scene, env.simulation.qpos, {
      ...{ width: 480, height: 260, theme },
      title: `${name} as an episode begins`,
      id: `robot-${slug(name)}-${theme}-part`,
    });
  return {
    ...described,
    model: {
      seconds: env.dt,
      // The world is the first.
      bodies: scene.bodies.length - 1,
      kilograms: env instanceof MujocoEnv ? env.simulation.totalMass() : undefined,
    },
    picture: { light: picture('light'), dark: picture('dark') },
  };
}

function aboutOwn({ model, task }: RobotDefinition): string {
  return `A robot of one’s own (${model}), rewarded for the speed of its ${task.body} along [${task.direction.join(', ')}].`;
}

function aboutOf(name: string): string | undefined {
  if (name === 'Ant') {
    return 'OpenAI Gym’s Ant: a torso with four legs of two joints each, rewarded for speed along x.';
  }
  if (name === 'Hopper') {
    return 'OpenAI Gym’s Hopper: one leg of three joints in a plane, rewarded for speed along x.';
  }
  const centipede = /^(Cp)?Centipede/.exec(name);
  if (centipede === null) return undefined;
  const crippled = centipede[1] === undefined ? '' : ' The two front legs have no motors.';
  return `NerveNet’s centipede: torsos in a row with a pair of legs each, neighbours joined by two hinges, rewarded for the last torso’s speed along x.${crippled}`;
}
