import type { EnvSpaces } from '@mikt/core';
import type { EnvSource } from '@mikt/envs';
import type { WasmEngineOptions, WasmVariables } from '@mikt/graph';
import type { RunConfig } from '../config.js';
import type { Rollout } from '../rollout.js';
import type { Teacher } from '../teacher.js';
import type { Collected, EnvState, LearnRequest, LearnSums, Share } from './member.js';

/** What the main thread asks of a member's thread, and what it answers. Arrays in shared memory stay shared. */
export interface Requests {
  /** Makes the environments. */
  begin: { request: { config: RunConfig; share: Share; source: EnvSource }; reply: { spaces: EnvSpaces } };
  /** Joins the team's memory. */
  join: {
    request: {
      rollout: Rollout;
      control: Int32Array;
      /** Index of the member and number of members. */
      index: number;
      members: number;
      engine: WasmEngineOptions;
    };
    reply: undefined;
  };
  install: {
    request: { agent: string; teachers: readonly Teacher[]; layout: WasmVariables['layout'] };
    reply: undefined;
  };
  reset: { request: { seed: number }; reply: undefined };
  collect: { request: { returnVariance: number }; reply: Collected };
  learn: { request: LearnRequest; reply: LearnSums };
  replay: { request: undefined; reply: undefined };
  /** Seconds of garbage collection since the last such request. */
  garbage: { request: undefined; reply: number | undefined };
  snapshot: { request: undefined; reply: EnvState[] };
  restore: { request: { states: readonly EnvState[] }; reply: undefined };
}

export type RequestKind = keyof Requests;

/** A request as it is posted. */
export type RequestMessage = {
  [K in RequestKind]: { kind: K; request: Requests[K]['request'] };
}[RequestKind];

/** An answer as it is posted: a reply, or why there is none. */
export type ReplyMessage =
  | { readonly reply: unknown }
  | {
      readonly error: string;
      readonly stack: string | undefined;
      /** It stopped because it was told to. */
      readonly stopped: boolean;
      /** What it was asked is wrong, not what it did. */
      readonly invalidInput: boolean;
    };
