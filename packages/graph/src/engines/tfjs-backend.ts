import { InvalidInputError, isNode, MiktError } from '@mikt/core';

/** TensorFlow.js' backends, fastest first: the native library, WASM, plain JavaScript. */
export const TFJS_BACKENDS = ['node', 'wasm', 'cpu'] as const;
export type TfjsBackend = (typeof TFJS_BACKENDS)[number];

const REGISTERED_AS = { node: 'tensorflow', wasm: 'wasm', cpu: 'cpu' } as const;

const IN_WORDS = {
  node: "TensorFlow.js on TensorFlow's native library (tfjs-node)",
  wasm: 'TensorFlow.js on its WASM backend',
  cpu: 'TensorFlow.js in plain JavaScript (slow)',
} as const;

/**
 * Makes the fastest backend that loads the current one, or the one insisted on.
 * @throws MiktError where none loads, or the one insisted on does not, with the reasons
 */
export async function selectBackend(
  only?: TfjsBackend,
): Promise<{ backend: TfjsBackend; description: string }> {
  if (only && !TFJS_BACKENDS.includes(only)) {
    throw new InvalidInputError(`a tfjs backend is one of ${TFJS_BACKENDS.join(', ')}, got "${only}".`);
  }
  const { env, setBackend } = await import('./tfjs-library.js');
  // Silences the library's own advertisement of its other backends; `description` says what runs.
  env().set('PROD', true);
  const reasons: string[] = [];
  for (const backend of only ? [only] : TFJS_BACKENDS) {
    try {
      await LOADERS[backend]();
      await withoutProcessListeners(async () => {
        if (!(await setBackend(REGISTERED_AS[backend]))) throw new Error('it did not initialise');
      });
      return { backend, description: [IN_WORDS[backend], ...reasons].join('; ') };
    } catch (error) {
      reasons.push(`${backend} is missing: ${firstSentence(error)}`);
    }
  }
  throw new MiktError(
    'engine',
    `${only ? "tfjs' backend" : 'no TensorFlow.js backend loads:'} ${reasons.join('; ')}.`,
  );
}

/** The backends that load here, with the reason of each that does not. */
export async function probeBackends(): Promise<{ backend: TfjsBackend; problem?: string }[]> {
  const results: { backend: TfjsBackend; problem?: string }[] = [];
  for (const backend of TFJS_BACKENDS) {
    try {
      await selectBackend(backend);
      results.push({ backend });
    } catch (error) {
      results.push({ backend, problem: (error as Error).message });
    }
  }
  return results;
}

const LOADERS: Record<TfjsBackend, () => Promise<void>> = {
  async node() {
    if (!isNode()) throw new Error('this is not Node');
    // tfjs-node 4.22 calls util.isNullOrUndefined, which Node 23 removed.
    const util = process.getBuiltinModule('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    // Read by the library as it loads: one thread, as on WASM, and warnings but no advice on how to build it.
    process.env.TF_NUM_INTRAOP_THREADS ??= '1';
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
    const name = '@tensorflow/tfjs-node';
    await import(name);
  },
  async wasm() {
    const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    // One thread: at these sizes a second one does not help, and the order of sums stays fixed.
    setThreadsCount(1);
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
  },
};

/**
 * Runs `load` and takes back the process-wide error handlers that it installs: the WASM backend's would print its
 * whole source before any error of the program.
 */
async function withoutProcessListeners(load: () => Promise<void>): Promise<void> {
  if (!isNode()) return load();
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  await load();
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]!.includes(listener)) process.removeListener(event, listener);
    }
  });
}

function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/Cannot find (package|module)/.test(message)) return 'not installed';
  return message.split('\n')[0]!.trim();
}
