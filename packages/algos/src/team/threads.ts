import { type EnvSpaces, InvalidInputError, RunError } from '@mikt/core';
import type { EnvSource } from '@mikt/envs';
import { createWasmEngine, type WasmEngine, type WasmVariables } from '@mikt/graph';
import type { Agent } from '../agent.js';
import type { RunConfig } from '../config.js';
import { learnerShapes } from '../ppo/update.js';
import { allocateRollout, type Rollout, rowSizes } from '../rollout.js';
import type { Teacher } from '../teacher.js';
import { CONTROL, stopAll } from './barrier.js';
import { type MemberWorker, startWorker } from './host.js';
import type { EnvState, LearnRequest } from './member.js';
import type { ReplyMessage, RequestKind, Requests } from './messages.js';
import { combineCollected, combineSums, divide, type StepStatistics, type Team } from './team.js';

/** Bytes of the shared memory for the programs of one member: networks a hundred times the usual ones fit. */
const ARENA = 48 * 2 ** 20;
/** Bytes for variables and the main thread's own programs. */
const COMMON = 64 * 2 ** 20;
/** Milliseconds between looks at the members' progress. */
const GLANCE = 50;

/**
 * A run's work divided among worker threads on shared memory. A request goes to every thread at once and is
 * answered when all have done their part; in between, members meet at barriers, not through this thread.
 */
export class ThreadTeam implements Team {
  readonly threads: number;
  readonly spaces: EnvSpaces;
  readonly rollout: Rollout;
  readonly engine: WasmEngine;
  readonly #config: RunConfig;
  readonly #threads: readonly Thread[];
  readonly #control: Int32Array;
  #variables: WasmVariables | undefined;

  /** @param source what its environments are made from */
  static async create(
    config: RunConfig,
    threads: number,
    source: EnvSource = config.env,
  ): Promise<ThreadTeam> {
    const shares = divide(config, threads);
    const control = new Int32Array(new SharedArrayBuffer(4 * (CONTROL.progress + shares.length)));
    const members: Thread[] = [];
    try {
      for (const _ of shares) members.push(new Thread());
      const begun = await Promise.all(
        members.map((member, i) => member.ask('begin', { config, share: shares[i]!, source })),
      );
      const megabytes = (COMMON + shares.length * ARENA) / 2 ** 20;
      const engine = await createWasmEngine({ memory: 'shared', megabytes });
      const { spaces } = begun[0]!;
      const rollout = allocateRollout(config, rowSizes(spaces), true);
      await Promise.all(
        members.map((member, index) =>
          member.ask('join', {
            rollout,
            control,
            index,
            members: members.length,
            engine: { form: engine.form, memory: engine.memory, arena: engine.reserve(ARENA) },
          }),
        ),
      );
      return new ThreadTeam(config, members, control, spaces, rollout, engine);
    } catch (error) {
      await Promise.all(members.map((member) => member.terminate()));
      throw error;
    }
  }

  private constructor(
    config: RunConfig,
    threads: readonly Thread[],
    control: Int32Array,
    spaces: EnvSpaces,
    rollout: Rollout,
    engine: WasmEngine,
  ) {
    this.#config = config;
    this.#threads = threads;
    this.#control = control;
    this.threads = threads.length;
    this.spaces = spaces;
    this.rollout = rollout;
    this.engine = engine;
  }

  get variables(): WasmVariables {
    return this.#variables!;
  }

  async install(agent: Agent, name: string, teachers: readonly Teacher[]): Promise<void> {
    const before = this.#variables;
    const shapes = learnerShapes(agent, this.#config, rowSizes(this.spaces));
    this.#variables = this.engine.createVariables(shapes);
    await this.#askAll('install', { agent: name, teachers, layout: this.#variables.layout });
    before?.dispose();
  }

  allocateOrder(length: number): Uint32Array {
    return new Uint32Array(new SharedArrayBuffer(4 * length));
  }

  async reset(seed: number): Promise<void> {
    await this.#askAll('reset', { seed });
  }

  async collect({ returnVariance }: StepStatistics, onProgress: (steps: number) => Promise<void>) {
    this.#control.fill(0, CONTROL.progress);
    const shares = await this.#askAll('collect', { returnVariance: returnVariance() }, () =>
      onProgress(this.#control.subarray(CONTROL.progress).reduce((sum, steps) => sum + steps, 0)),
    );
    return combineCollected(shares);
  }

  async learn(request: LearnRequest, onProgress: () => Promise<void>): Promise<Record<string, number>> {
    return combineSums(await this.#askAll('learn', request, onProgress), this.#config);
  }

  observations(): Float64Array {
    throw new RunError('the environments of a team of threads cannot be looked at between their steps.');
  }

  async replay(): Promise<void> {
    await this.#askAll('replay', undefined);
  }

  async garbage(): Promise<number | undefined> {
    const seconds = await this.#askAll('garbage', undefined);
    return seconds.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one));
  }

  async snapshot(): Promise<EnvState[]> {
    return (await this.#askAll('snapshot', undefined)).flat();
  }

  async restore(states: readonly EnvState[]): Promise<void> {
    const shares = divide(this.#config, this.threads);
    await Promise.all(
      this.#threads.map((thread, i) => {
        const { firstEnv, envs } = shares[i]!;
        return thread.ask('restore', { states: states.slice(firstEnv, firstEnv + envs) });
      }),
    );
  }

  async dispose(): Promise<void> {
    stopAll(this.#control);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    this.#variables?.dispose();
    this.engine.dispose();
  }

  /**
   * Asks every member and waits for all of them. Where one fails (or `glance` throws), the others are stopped, so
   * that nobody waits at a barrier for one who will not come, and the first cause is thrown.
   */
  async #askAll<K extends RequestKind>(
    kind: K,
    request: Requests[K]['request'],
    glance?: () => Promise<void>,
  ): Promise<Requests[K]['reply'][]> {
    let cause: unknown;
    const fail = (error: unknown) => {
      if (!(error instanceof MemberStopped)) cause ??= error;
      stopAll(this.#control);
    };
    let working = true;
    const replies = Promise.all(
      this.#threads.map((thread) =>
        thread.ask(kind, request).catch((error) => {
          fail(error);
          return undefined;
        }),
      ),
    ).finally(() => {
      working = false;
    });
    if (glance) {
      while (working && cause === undefined) {
        await Promise.race([replies, new Promise((resolve) => setTimeout(resolve, GLANCE))]);
        await glance().catch(fail);
      }
    }
    const all = await replies;
    if (cause !== undefined) throw cause;
    return all as Requests[K]['reply'][];
  }
}

/** A member that stopped because it was told to: not a cause of anything. */
class MemberStopped extends Error {}

/** One worker thread, asked one thing at a time. */
class Thread {
  readonly #worker: MemberWorker;
  #pending: { resolve(reply: unknown): void; reject(error: unknown): void } | undefined;
  #dead: RunError | undefined;

  constructor() {
    this.#worker = startWorker({
      onMessage: (message) => this.#settle(message as ReplyMessage),
      onEnd: (reason) => this.#die(reason),
    });
  }

  ask<K extends RequestKind>(kind: K, request: Requests[K]['request']): Promise<Requests[K]['reply']> {
    return new Promise((resolve, reject) => {
      if (this.#dead) {
        reject(this.#dead);
        return;
      }
      this.#pending = { resolve: resolve as (reply: unknown) => void, reject };
      this.#worker.post({ kind, request });
    });
  }

  /** Ends the thread wherever it is; what it was asked for is refused. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(message: ReplyMessage): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if ('reply' in message) pending?.resolve(message.reply);
    else if (message.stopped) pending?.reject(new MemberStopped());
    else {
      const cause = new Error(message.error);
      if (message.stack) cause.stack = message.stack;
      const Kind = message.invalidInput ? InvalidInputError : RunError;
      pending?.reject(new Kind(message.error, { cause }));
    }
  }

  #die(error: RunError): void {
    this.#dead ??= error;
    this.#pending?.reject(this.#dead);
    this.#pending = undefined;
  }
}
