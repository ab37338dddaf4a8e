import { MiktError } from '@mikt/core';
import loadMujoco, { type MainModule } from '@mujoco/mujoco';

/** How to load MuJoCo's WASM build. */
export interface PhysicsOptions {
  /** Where `mujoco.wasm` is, when a bundler has moved it away from the script that loads it. */
  readonly wasmUrl?: string;
}

/** Version of the physics engine that this package depends on; a test holds it against the engine's own word. */
export const MUJOCO_VERSION = '3.14.0';

let loading: Promise<MainModule> | undefined;
let wasmUrl: string | undefined;
let lastWords: string[] = [];
const crashed = new WeakSet<MainModule>();

/**
 * Loads MuJoCo's WASM build, once per thread. `makeEnv` does it by itself: call it only to pass options, before.
 * @throws MiktError with code `physics` when the WASM file cannot be loaded
 */
export async function loadPhysics(options: PhysicsOptions = {}): Promise<void> {
  await physics(options);
}

/** The version that the loaded engine says it is. */
export async function loadedVersion(): Promise<string> {
  return (await physics()).mj_versionString();
}

/** The file of MuJoCo's WASM build on this computer, e.g. for a server that gives it to pages. Node only. */
export function physicsFile(): string {
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(import.meta.url).resolve('@mujoco/mujoco/mujoco.wasm');
}

/** MuJoCo, loaded where it was not yet, or where the copy that was there has crashed. */
export function physics(options: PhysicsOptions = {}): Promise<MainModule> {
  wasmUrl ??= options.wasmUrl;
  const url = wasmUrl;
  // What MuJoCo prints would end up between the lines of a program's own output; its errors come as exceptions.
  const listen = (line: string) => {
    lastWords = [...lastWords.slice(-9), line];
  };
  loading ??= loadMujoco({
    print: listen,
    printErr: listen,
    ...(url === undefined ? {} : { locateFile: () => url }),
  }).catch((cause: unknown) => {
    loading = undefined;
    throw new MiktError(
      'physics',
      `MuJoCo's WASM build could not be loaded (${messageOf(cause)}); in a browser, pass the address of mujoco.wasm to loadPhysics.`,
      { cause },
    );
  });
  return loading;
}

/** Whether this copy of MuJoCo has crashed: what it holds can be neither used nor freed. */
export function hasCrashed(mujoco: MainModule): boolean {
  return crashed.has(mujoco);
}

/** Sentences for a call into MuJoCo that failed. */
export interface PhysicsFailure {
  /** For what MuJoCo itself refuses or reports, from its message. */
  refused(message: string): MiktError;
  /** For a crash, from why it came to it. */
  crashed(why: string): MiktError;
}

/**
 * What to throw where a call into MuJoCo failed. After a crash (an abort or a trap, as a rule for want of memory) the
 * copy is given up, and the next model gets a new one.
 */
export function physicsError(mujoco: MainModule, cause: unknown, failure: PhysicsFailure): MiktError {
  if (cause instanceof MiktError) return cause;
  if (!isCrash(cause)) return failure.refused(messageOf(cause));
  crashed.add(mujoco);
  loading = undefined;
  const wantsMemory = lastWords.some((line) => line.includes('enlarge memory'));
  lastWords = [];
  return failure.crashed(
    wantsMemory
      ? "it needs more than the 2 GB of memory that MuJoCo's WebAssembly build has"
      : `its WebAssembly build stopped with "${messageOf(cause)}"`,
  );
}

/** Traps and aborts of WebAssembly, and a stack that is used up. */
function isCrash(cause: unknown): boolean {
  return cause instanceof RangeError || (cause as Error | null)?.name === 'RuntimeError';
}

/** MuJoCo's own words, without what its bindings put in front. */
function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/^(MuJoCo Error: |Loading error: |Error: )+/, '').trim();
}
