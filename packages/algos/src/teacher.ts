import { FileError } from '@mikt/core';
import { ActorCritic, type ActorCriticSizes, ParameterLayout, type ParameterValues } from '@mikt/nets';

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

/** @throws FileError where `parameters` are not those of networks of these sizes */
export function checkNetworks(sizes: ActorCriticSizes, parameters: ParameterValues, source: string): void {
  try {
    new ParameterLayout(new ActorCritic(sizes).specs).pack(parameters);
  } catch (cause) {
    throw new FileError(source, `its networks do not fit its header: ${(cause as Error).message}`, { cause });
  }
}
