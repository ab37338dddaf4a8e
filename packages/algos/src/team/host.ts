/*
 * All that differs between the worker threads of Node and the Web Workers of a page. TypeScript describes the latter
 * only together with the DOM, which this package must not depend on.
 */
import { isNode, RunError } from '@mikt/core';

/** A worker, as the thread that started it sees it. */
export interface MemberWorker {
  post(message: unknown): void;
  /** Ends it wherever it is. */
  terminate(): Promise<void>;
}

/** Who is told of a worker. */
export interface MemberListener {
  onMessage(message: unknown): void;
  /** It failed or ended: nothing comes any more. May be told more than once. */
  onEnd(reason: RunError): void;
}

interface Port {
  postMessage(message: unknown): void;
}

interface WebWorker extends Port {
  terminate(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listener: (event: { message?: string }) => void): void;
}

interface Page extends Port {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: unknown;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

declare const Worker: new (url: URL, options: { type: 'module' }) => WebWorker;

const page = globalThis as unknown as Page;

/**
 * Whether worker threads on shared memory are there and wanted (`MIKT_NO_THREADS=1` says no). A page has shared memory
 * only while it is cross-origin isolated.
 */
export function canShareMemory(): boolean {
  if (isNode()) return process.env.MIKT_NO_THREADS !== '1';
  return page.crossOriginIsolated === true && typeof page.Worker === 'function';
}

/** Cores that threads may run on at the same time. */
export function cores(): number {
  if (isNode()) return process.getBuiltinModule('node:os').availableParallelism();
  return page.navigator?.hardwareConcurrency ?? 1;
}

/** Starts a member's worker. */
export function startWorker(listener: MemberListener): MemberWorker {
  return isNode() ? startThread(listener) : startWebWorker(listener);
}

/** What a worker does: answers one message after the other, until it is terminated. */
export function answerMessages<Message, Reply>(answer: (message: Message) => Promise<Reply>): void {
  if (isNode()) {
    const port = process.getBuiltinModule('node:worker_threads').parentPort!;
    port.on('message', async (message: Message) => port.postMessage(await answer(message)));
  } else {
    page.addEventListener('message', async ({ data }) => page.postMessage(await answer(data as Message)));
  }
}

function startThread({ onMessage, onEnd }: MemberListener): MemberWorker {
  // Not an import: bundlers for browsers would look for the module.
  const { Worker: Thread } = process.getBuiltinModule('node:worker_threads');
  const fromSource = import.meta.url.endsWith('.ts');
  // The built entry in both cases: Node cannot run the sources as a worker. It must not look for others' sources.
  const worker = fromSource
    ? new Thread(new URL('../../dist/team/worker.js', import.meta.url), { execArgv: [] })
    : new Thread(new URL('./worker.js', import.meta.url));
  worker.on('message', onMessage);
  worker.on('error', (cause) => onEnd(failed(cause.message, cause)));
  worker.on('exit', (code) => onEnd(ended(` (exit code ${code})`)));
  return {
    post: (message) => worker.postMessage(message),
    async terminate() {
      await worker.terminate();
    },
  };
}

function startWebWorker({ onMessage, onEnd }: MemberListener): MemberWorker {
  // Written so that bundlers find the file and bring it along; a page that is not bundled by one puts it beside its script.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }) => onMessage(data));
  worker.addEventListener('error', ({ message }) =>
    onEnd(failed(message ?? `${new URL('./worker.js', import.meta.url)} could not be loaded.`)),
  );
  worker.addEventListener('messageerror', () => onEnd(failed('it received what it cannot read.')));
  return {
    post: (message) => worker.postMessage(message),
    async terminate() {
      worker.terminate();
      // A page is not told of a worker's end.
      onEnd(ended());
    },
  };
}

function failed(message: string, cause?: unknown): RunError {
  return new RunError(`a worker thread failed: ${message}`, { cause });
}

function ended(how = ''): RunError {
  return new RunError(`a worker thread ended before its work was done${how}.`);
}
