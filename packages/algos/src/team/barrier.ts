import type { Barrier } from './member.js';

/** Places in the team's shared control block; the members' progress follows. */
export const CONTROL = { arrived: 0, generation: 1, stopped: 2, broken: 3, progress: 4 } as const;

/** Looks at the barrier before a member goes to sleep: the others are usually microseconds away. */
const SPINS = 2000;
/** Milliseconds after which a sleeper looks whether the team was stopped meanwhile. */
const NAP = 100;

/** Thrown in a member that is told to stop. */
export class Stopped extends Error {}

/** A barrier of threads on shared memory. */
export class SharedBarrier implements Barrier {
  readonly #control: Int32Array;
  readonly #members: number;

  /** @param control shared between the members, laid out as `CONTROL` */
  constructor(control: Int32Array, members: number) {
    this.#control = control;
    this.#members = members;
  }

  wait(broken = false): boolean {
    const control = this.#control;
    const generation = Atomics.load(control, CONTROL.generation);
    // Which meeting it was at, for one who leaves late must not take the next one's word for this one's.
    const meeting = (generation + 1) | 0;
    if (broken) Atomics.store(control, CONTROL.broken, meeting);
    this.#meet(generation);
    return Atomics.load(control, CONTROL.broken) === meeting;
  }

  #meet(generation: number): void {
    const control = this.#control;
    if (Atomics.add(control, CONTROL.arrived, 1) === this.#members - 1) {
      Atomics.store(control, CONTROL.arrived, 0);
      Atomics.add(control, CONTROL.generation, 1);
      Atomics.notify(control, CONTROL.generation);
      return;
    }
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(control, CONTROL.generation) !== generation) return;
    }
    while (Atomics.load(control, CONTROL.generation) === generation) {
      checkStopped(control);
      Atomics.wait(control, CONTROL.generation, generation, NAP);
    }
  }
}

/** @throws Stopped */
export function checkStopped(control: Int32Array): void {
  if (Atomics.load(control, CONTROL.stopped) !== 0) throw new Stopped('the team was stopped');
}

/** Tells all members to stop, those asleep included. */
export function stopAll(control: Int32Array): void {
  Atomics.store(control, CONTROL.stopped, 1);
  Atomics.notify(control, CONTROL.generation);
}
