import { FileError } from '@mikt/core';
import { ActorCritic, type ActorCriticSizes, ParameterLayout, type ParameterValues } from '@mikt/nets';
import { type DecodedCheckpoint, readTrainingState } from './checkpoint.js';

/** A frozen policy and value network, trained on another robot. */
export interface Teacher {
  /** Where it was read from, as given. */
  readonly source: string;
  /** The environment it was trained on. */
  readonly env: string;
  /** SHA-256 of its checkpoint. */
  readonly fingerprint: string;
  readonly sizes: ActorCriticSizes;
  readonly parameters: ParameterValues;
}

/**
 * The teacher that a checkpoint holds.
 * @param source names the checkpoint in errors and in the student's run
 * @throws FileError where the policy still leans on a teacher of its own, or its networks do not fit its header
 */
export function teacherFromCheckpoint(checkpoint: DecodedCheckpoint, source: string): Teacher {
  const state = readTrainingState(checkpoint, source);
  if (state.agent !== 'student') {
    throw new FileError(
      source,
      `cannot be a teacher: it was saved before its hand-over and still leans on a teacher of its own ` +
        `(${state.teachers.map(({ env }) => env).join(', ')}). Let the run finish (mikt resume) and take its last checkpoint.`,
    );
  }
  const sizes: ActorCriticSizes = {
    observation: state.spaces.observation.size,
    action: state.spaces.action.size,
    policyHidden: state.config.policyHidden,
    valueHidden: state.config.valueHidden,
  };
  const { parameters } = state.learner;
  checkNetworks(sizes, parameters, source);
  return { source, env: state.config.env, fingerprint: checkpoint.sha256, sizes, parameters };
}

/** @throws FileError where `parameters` are not those of networks of these sizes */
export function checkNetworks(sizes: ActorCriticSizes, parameters: ParameterValues, source: string): void {
  try {
    new ParameterLayout(new ActorCritic(sizes).specs).pack(parameters);
  } catch (cause) {
    throw new FileError(source, `its networks do not fit its header: ${(cause as Error).message}`, { cause });
  }
}
