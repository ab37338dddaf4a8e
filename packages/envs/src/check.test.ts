import { InvalidInputError, Rng } from '@mikt/core';
import { describe, expect, test } from 'vitest';
import { checkEnv } from './check.js';
import type { EnvSnapshot, Step } from './env.js';
import { listEnvs, makeEnv } from './registry.js';
import { PointEnv } from './testing/point-env.js';

describe('checkEnv finds nothing wrong with', () => {
  test('a sound environment', () => {
    expect(checkEnv(new PointEnv())).toEqual([]);
  });

  test.each([...listEnvs(), 'CentipedeThree'])('%s', async (name) => {
    const env = await makeEnv(name);
    try {
      expect(checkEnv(env)).toEqual([]);
    } finally {
      env.dispose();
    }
  });
});

/** The point environment with its steps changed. */
class ChangedStep extends PointEnv {
  readonly #change: (step: Step) => Partial<Step>;

  constructor(change: (step: Step) => Partial<Step>) {
    super();
    this.#change = change;
  }

  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    return { ...step, ...this.#change(step) };
  }
}

class SharedObservation extends PointEnv {
  readonly #buffer = new Float64Array(2);
  protected override observe(): Float64Array {
    this.#buffer.set(super.observe());
    return this.#buffer;
  }
}

class SharedStepObservation extends PointEnv {
  readonly #buffer = new Float64Array(2);
  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    this.#buffer.set(step.observation);
    return { ...step, observation: this.#buffer };
  }
}

class WrongSpace extends PointEnv {
  override readonly spaces = {
    observation: { size: 3, low: [-10, -10], high: 10 },
    action: { size: 1, low: 1, high: 1 },
  };
}

class NarrowSpace extends PointEnv {
  override readonly spaces = {
    observation: { size: 2, low: -10, high: 0.02 },
    action: { size: 1, low: -1, high: 1 },
  };
}

class NoTimeLimit extends PointEnv {
  override readonly maxEpisodeSteps = Number.POSITIVE_INFINITY;
  protected override observe(): Float64Array {
    return Float64Array.of(this.x, 0);
  }
  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    if (this.steps < 50) return step;
    this.running = false;
    return { ...step, terminated: true };
  }
}

class EarlyTruncation extends PointEnv {
  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    if (this.steps < 25) return step;
    this.running = false;
    return { ...step, truncated: true };
  }
}

class LateTruncation extends PointEnv {
  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    this.running = true;
    return { ...step, truncated: false };
  }
}

class AcceptsAnything extends PointEnv {
  override step(action: ArrayLike<number>): Step {
    return super.step([Number.isFinite(action[0]) ? action[0]! : 0]);
  }
}

class StepsAfterTheEnd extends PointEnv {
  override step(action: ArrayLike<number>): Step {
    this.running = true;
    return super.step(action);
  }
}

class StartsOver extends PointEnv {
  override reset(options: { seed?: number } = {}): Float64Array {
    const observation = super.reset(options);
    this.running = false;
    return observation;
  }
}

class IgnoresSeed extends PointEnv {
  override reset(): Float64Array {
    return super.reset();
  }
}

class FixedSeed extends PointEnv {
  override reset(): Float64Array {
    return super.reset({ seed: 1 });
  }
}

class ReseedsItself extends PointEnv {
  #seed = 0;
  override reset({ seed = this.#seed }: { seed?: number } = {}): Float64Array {
    this.#seed = seed;
    return super.reset({ seed });
  }
}

class ForgetsGenerator extends PointEnv {
  override restore(snapshot: EnvSnapshot): void {
    super.restore({ ...snapshot, rng: Rng.fromSeed(99).state() });
  }
}

class ForgetsSteps extends PointEnv {
  override restore(snapshot: EnvSnapshot): void {
    super.restore(snapshot);
    this.steps = 0;
  }
}

class LiveSnapshot extends PointEnv {
  readonly #live = new Float64Array(3);
  override snapshot(): EnvSnapshot {
    const { rng } = super.snapshot();
    return { arrays: { point: this.#fill() }, rng };
  }
  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    this.#fill();
    return step;
  }
  #fill(): Float64Array {
    this.#live.set([this.x, this.steps, Number(this.running)]);
    return this.#live;
  }
}

class CannotRestore extends PointEnv {
  override restore(): void {
    throw new InvalidInputError('restoring is not possible.');
  }
}

describe('checkEnv says what is wrong with', () => {
  test.each<[string, PointEnv, RegExp]>([
    ['bounds that do not fit their space', new WrongSpace(), /2 bounds for 3 entries/],
    ['an empty action space', new WrongSpace(), /action space has low 1 and high 1 at 0/],
    ['observations of the wrong length', new WrongSpace(), /reset\(\) gave 2 observations, the space has 3/],
    ['observations outside their space', new NarrowSpace(), /outside the space at 1/],
    [
      'observations that are not finite',
      new ChangedStep(() => ({ observation: Float64Array.of(Number.NaN, 0) })),
      /observation NaN at 0/,
    ],
    [
      'rewards that are not finite',
      new ChangedStep(() => ({ reward: Number.NaN, rewardParts: { x: Number.NaN } })),
      /the reward NaN/,
    ],
    [
      'rewards that are not the sum of their parts',
      new ChangedStep(() => ({ reward: 5 })),
      /the reward is 5, but its parts sum to/,
    ],
    [
      'ends that are both',
      new ChangedStep(({ truncated }) => ({ terminated: truncated })),
      /terminated and truncated together/,
    ],
    ['a divergence that goes on', new ChangedStep(() => ({ diverged: true })), /diverged without terminated/],
    ['no time limit', new NoTimeLimit(), /maxEpisodeSteps is Infinity/],
    ['an early time limit', new EarlyTruncation(), /truncated at step 25, before maxEpisodeSteps \(30\)/],
    ['a late time limit', new LateTruncation(), /was not truncated at maxEpisodeSteps \(30\)/],
    [
      'a reset buffer that is reused',
      new SharedObservation(),
      /changed the observation that reset\(\) returned/,
    ],
    [
      'a step buffer that is reused',
      new SharedStepObservation(),
      /changed the observation of an earlier one/,
    ],
    ['actions of a wrong length', new AcceptsAnything(), /one entry too many was not refused/],
    ['missing actions', new AcceptsAnything(), /one entry too few was not refused/],
    ['NaN actions', new AcceptsAnything(), /a NaN was not refused/],
    ['infinite actions', new AcceptsAnything(), /an infinite value was not refused/],
    ['steps after the end', new StepsAfterTheEnd(), /after the end of the episode was not refused/],
    ['a reset that starts nothing', new StartsOver(), /right after reset\(\) is refused/],
    ['a seed that is ignored', new IgnoresSeed(), /the same seed did not give the same run/],
    ['a seed that never changes', new FixedSeed(), /another seed gave the same run/],
    ['a generator that starts over', new ReseedsItself(), /the generator must go on/],
    ['a snapshot without the generator', new ForgetsGenerator(), /did not continue exactly/],
    ['a snapshot without the time', new ForgetsSteps(), /did not continue exactly/],
    ['a snapshot that is a live view', new LiveSnapshot(), /did not continue exactly/],
    ['calls that fail', new CannotRestore(), /an allowed call failed: restoring is not possible/],
  ])('%s', (_, env, problem) => {
    expect(checkEnv(env).join('\n')).toMatch(problem);
  });
});
