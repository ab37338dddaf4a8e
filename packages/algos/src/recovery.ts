import { Rng, type RngState, RunError } from '@mikt/core';
import { type TrainingState, toCheckpoint } from './checkpoint.js';
import type { Diagnosis } from './diagnosis.js';
import type { TrainingSink } from './training-options.js';

/** How often a run goes back to the same state before it gives up. */
const RESTORES_IN_A_ROW = 3;

/** An update, or the pass that only fills the normaliser, in which a number stopped being finite. */
export interface Failure {
  readonly diagnosis: Diagnosis;
  /** 0: the pass that only fills the normaliser. */
  readonly update: number;
  /** The state before it. */
  readonly before: TrainingState;
}

/**
 * What to go on from after a failure: the state before it, its generators moved on. They are part of the state, so a
 * run that is resumed goes the same way.
 * @returns it, and a sentence that says so
 * @throws RunError where the configuration says to stop, or this was tried too often
 */
export async function recover(
  failure: Failure,
  sink: TrainingSink | undefined,
): Promise<{ state: TrainingState; sentence: string }> {
  const { diagnosis, update, before } = failure;
  const { onNan } = before.config;
  const { restoresInRow } = before.progress;
  const where = update > 0 ? `update ${update}` : 'the pass that fills the normaliser';
  const what = `${where}: ${diagnosis.sentence}`;
  const kept = await keep(failure, sink);
  if (onNan === 'stop') {
    throw new RunError(
      `${what}.${kept} The run stays at the state before; resumed with --on-nan restore, it goes on from there with ` +
        'other random numbers.',
    );
  }
  if (restoresInRow >= RESTORES_IN_A_ROW) {
    throw new RunError(
      `${what}, and so did ${RESTORES_IN_A_ROW} other draws of random numbers from the same state. The run does not ` +
        `get past it by chance; change its configuration or its environment.${kept}`,
    );
  }
  const attempt = restoresInRow + 1;
  return {
    state: movedOn(before),
    sentence:
      `${what}; going back to the state before, and on with other random numbers (${attempt} of at most ` +
      `${RESTORES_IN_A_ROW} times in a row).${kept}`,
  };
}

/** Everything random that comes is drawn anew: the action noise, the minibatches, what the environments draw. */
function movedOn(state: TrainingState): TrainingState {
  const { restores, restoresInRow } = state.progress;
  return {
    ...state,
    collector: { ...state.collector, noise: state.collector.noise.map(another) },
    environments: state.environments.map((environment) => ({
      ...environment,
      rng: another(environment.rng),
    })),
    minibatches: another(state.minibatches),
    progress: { ...state.progress, restores: restores + 1, restoresInRow: restoresInRow + 1 },
  };
}

function another(rng: RngState): RngState {
  return Rng.fromState(rng).fork('restore').state();
}

/** Writes the failure beside the run. @returns where, as a sentence; that it could not be, where it could not */
async function keep({ diagnosis, update, before }: Failure, sink: TrainingSink | undefined): Promise<string> {
  if (!sink?.saveFailure) return '';
  const { tensors, metadata } = diagnosis;
  const attempt = before.progress.restoresInRow + 1;
  const batch = { tensors, metadata: { ...metadata, update: String(update) } };
  try {
    const folder = await sink.saveFailure(`update-${update}-attempt-${attempt}`, toCheckpoint(before), batch);
    return ` What it came of and the state before are in ${folder}.`;
  } catch (error) {
    return ` What it came of could not be written (${(error as Error).message})`;
  }
}
