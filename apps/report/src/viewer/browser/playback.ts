import type { RobotPanel } from './robot-panel.js';

/** Milliseconds of a frame that may go into physics and networks. */
const BUDGET = 24;
/** Milliseconds for which the end of an episode stays on the screen. */
const PAUSE_AT_END = 1500;

/** Lets robots act as time passes, side by side. */
export class Playback {
  panels: readonly RobotPanel[] = [];
  /** Seconds of simulated time per second. */
  speed = 1;
  /** Whether actions are sampled; otherwise the policies' means act. */
  sample = false;
  #playing: boolean;
  #last = performance.now();
  /** When the panels' episodes ended, of `performance.now()`. */
  readonly #endedAt = new WeakMap<RobotPanel, number>();

  constructor(playing: boolean) {
    this.#playing = playing;
    requestAnimationFrame((now) => this.#tick(now));
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(playing: boolean) {
    this.#playing = playing;
    this.show();
  }

  /** Takes exactly one step of each robot, and pauses. */
  stepOnce(): void {
    for (const panel of this.panels) panel.stepOnce(this.sample);
    this.playing = false;
  }

  /** Starts again with the first episode of a seed. */
  restart(seed: number): void {
    for (const panel of this.panels) {
      this.#endedAt.delete(panel);
      panel.restart(seed);
    }
    this.show();
  }

  /** Starts the next episode of each robot. */
  next(): void {
    for (const panel of this.panels) {
      this.#endedAt.delete(panel);
      panel.next();
    }
    this.show();
  }

  /** Draws every robot. */
  show(): void {
    for (const panel of this.panels) panel.show(this.#playing);
  }

  #tick(now: number): void {
    const seconds = Math.min(Math.max(now - this.#last, 0) / 1000, 0.25);
    this.#last = now;
    if (this.#playing && this.panels.length > 0) {
      this.#advance(seconds * this.speed);
      for (const panel of this.panels) this.#continueAfterEnd(panel, now);
      this.show();
    }
    requestAnimationFrame((next) => this.#tick(next));
  }

  /** Takes the steps of this much simulated time, always of the robot that is most behind: they go side by side. */
  #advance(seconds: number): void {
    const deadline = performance.now() + BUDGET;
    for (const panel of this.panels) panel.pass(seconds);
    for (;;) {
      const last = this.panels.reduce((a, b) => (b.due > a.due ? b : a));
      if (last.due === 0) return;
      if (performance.now() > deadline) break;
      last.stepDue(this.sample);
    }
    for (const panel of this.panels) panel.forgetDue();
  }

  /** An episode's end stays on the screen for a moment, then the next one begins. */
  #continueAfterEnd(panel: RobotPanel, now: number): void {
    if (!panel.robot.ending) return;
    const since = this.#endedAt.get(panel) ?? now;
    this.#endedAt.set(panel, since);
    if (now - since < PAUSE_AT_END) return;
    this.#endedAt.delete(panel);
    panel.next();
  }
}
