// The entry of a member's thread: answers one request after the other until it is terminated.
import { InvalidInputError } from '@mikt/core';
import { type Env, makeEnv, VectorEnv } from '@mikt/envs';
import { createWasmEngine, type WasmEngine } from '@mikt/graph';
import type { RunConfig } from '../config.js';
import { findMethod } from '../methods.js';
import { rowSizes } from '../rollout.js';
import { CONTROL, checkStopped, SharedBarrier, Stopped } from './barrier.js';
import { GarbageClock } from './garbage.js';
import { answerMessages } from './host.js';
import { Member, type Share } from './member.js';
import type { ReplyMessage, RequestKind, RequestMessage, Requests } from './messages.js';

const garbage = new GarbageClock();
let begun: { config: RunConfig; share: Share; envs: Env[] } | undefined;
let joined:
  | { engine: WasmEngine; member: Member; barrier: SharedBarrier; control: Int32Array; index: number }
  | undefined;

type Handlers = { [K in RequestKind]: (request: Requests[K]['request']) => Promise<Requests[K]['reply']> };

const handlers: Handlers = {
  async begin({ config, share, source }) {
    const envs: Env[] = [];
    // A member without environments (more shards than environments) still says what they look like.
    for (let i = 0; i < Math.max(share.envs, 1); i++) envs.push(await makeEnv(source));
    begun = { config, share, envs };
    return { spaces: envs[0]!.spaces };
  },

  async join({ rollout, control, index, members, engine: options }) {
    const { config, share, envs } = begun!;
    const engine = await createWasmEngine(options);
    const sizes = rowSizes(envs[0]!.spaces);
    const env = share.envs > 0 ? new VectorEnv(envs, { firstIndex: share.firstEnv }) : undefined;
    const member = new Member(engine, config, share, sizes, rollout, env);
    joined = { engine, member, barrier: new SharedBarrier(control, members), control, index };
    return undefined;
  },

  async install({ agent: name, teachers, layout }) {
    const { config, envs } = begun!;
    const { engine, member } = joined!;
    const agent = findMethod(config.algo).createAgent(name, config, envs[0]!.spaces, teachers);
    member.install(agent, engine.attachVariables(layout));
    return undefined;
  },

  async reset({ seed }) {
    joined!.member.reset(seed);
    return undefined;
  },

  async collect({ returnVariance }) {
    const { member, control, index } = joined!;
    const { share } = begun!;
    return member.collect({
      returnVariance: () => returnVariance,
      pause: () => {
        Atomics.add(control, CONTROL.progress + index, share.envs);
        checkStopped(control);
      },
    });
  },

  async learn(request) {
    const { member, control, barrier } = joined!;
    return member.learn(request, barrier, () => checkStopped(control));
  },

  async replay() {
    joined!.member.replay();
    return undefined;
  },

  async garbage() {
    return garbage.take();
  },

  async snapshot() {
    return joined!.member.snapshot();
  },

  async restore({ states }) {
    joined!.member.restore(states);
    return undefined;
  },
};

async function answer({ kind, request }: RequestMessage): Promise<ReplyMessage> {
  try {
    const handle = handlers[kind] as (request: unknown) => Promise<unknown>;
    return { reply: await handle(request) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return {
      error: message,
      stack,
      stopped: error instanceof Stopped,
      invalidInput: error instanceof InvalidInputError,
    };
  }
}

answerMessages(answer);
