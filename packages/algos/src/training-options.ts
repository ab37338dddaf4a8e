import type { Checkpoint, Rank, Safetensors } from '@mikt/runs';
import type { TrainingState } from './checkpoint.js';
import type { RunConfig } from './config.js';
import { findMethod } from './methods.js';
import type { Teacher } from './teacher.js';
import type { TeamOptions } from './team/create.js';
import type { Team } from './team/team.js';

/** Episodes over which `return_100` is taken. */
export const RETURN_WINDOW = 100;

/** Where a run's rows and checkpoints go; `RunWriter` of @mikt/runs is one. */
export interface TrainingSink {
  appendMetrics(row: Readonly<Record<string, number | undefined>>): void;
  appendEpisode(episode: { readonly steps: number; readonly return: number; readonly length: number }): void;
  /** @param rank `return_100` over a whole window of episodes of the agent that `group` names; null before there is one */
  saveCheckpoint(steps: number, checkpoint: Checkpoint, rank: Rank): Promise<unknown>;
  /**
   * Keeps what a number that is not finite came of.
   * @param state the checkpoint before the update in which it did
   * @returns where it is
   */
  saveFailure?(name: string, state: Checkpoint, batch: Safetensors): Promise<string>;
}

/** How a run stands, for whoever watches it. */
export interface TrainingProgress {
  readonly steps: number;
  readonly totalSteps: number;
  /** Of this session. */
  readonly stepsPerSecond: number;
  readonly secondsLeft: number;
  /** Mean return of the last 100 episodes; undefined before the first. */
  readonly return100: number | undefined;
  readonly phase: number;
  /** The method's own scalars after the last update, such as mixing weights. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TrainingOptions extends TeamOptions {
  /** As many as the method takes. */
  readonly teachers?: readonly Teacher[];
  /** Asked for once the environments and networks stand, so that a run that cannot begin leaves nothing behind. */
  openSink?(team: Pick<Team, 'engine' | 'threads'>): Promise<TrainingSink>;
  /** Stops the run at once; its state as of the last finished update is saved. */
  readonly signal?: AbortSignal;
  /** Told of what is out of the ordinary, such as a hand-over that has to wait. */
  onNotice?(sentence: string): void;
  /** At most some twenty times a second. */
  onProgress?(progress: TrainingProgress): void;
  /** After every pass over the environments, with the row that was logged. */
  onUpdate?(row: Readonly<Record<string, number | undefined>>): void;
}

export interface TrainingResult {
  /** `interrupted`: stopped by the signal, to be resumed. */
  readonly status: 'finished' | 'interrupted';
  readonly state: TrainingState;
}

/** Columns of metrics.csv for a run of `config`: every method's, then its method's own. */
export function metricColumns(config: RunConfig, teachers: readonly Teacher[]): string[] {
  return [
    ...['update', 'steps', 'seconds', 'steps_per_second'],
    ...['return_mean', 'return_std', 'length_mean', 'length_std', 'episodes', 'return_100'],
    ...['learning_rate', 'loss', 'policy_loss', 'value_loss', 'entropy', 'kl', 'clip_fraction'],
    ...['explained_variance', 'diverged', 'physics_warnings', 'restores'],
    ...['gradient_norm', 'gradient_norm/policy', 'gradient_norm/value'],
    ...(config.entropyCoefficient > 0 ? ['gradient_norm/entropy'] : []),
    ...findMethod(config.algo).columns(config, teachers),
  ];
}
