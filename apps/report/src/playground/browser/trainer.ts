// Entry of the worker that trains, so that the page stays alive. On a page with shared memory it has further workers.
import { type TrainingSink, teacherFromCheckpoint, train } from '@mikt/algos';
import { decodeCheckpoint, encodeCheckpoint } from '@mikt/runs/reader';
import type { TrainerMessage, TrainerRequest } from './messages.js';

/** A worker's own side of its channel, which TypeScript's DOM takes for a window. */
const page = globalThis as unknown as {
  postMessage(message: TrainerMessage, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<TrainerRequest>) => void): void;
};

const controller = new AbortController();

const sink: TrainingSink = {
  appendMetrics: (row) => page.postMessage({ kind: 'row', row }),
  appendEpisode() {},
  async saveCheckpoint(steps, checkpoint) {
    const bytes = encodeCheckpoint(checkpoint) as Uint8Array<ArrayBuffer>;
    page.postMessage({ kind: 'checkpoint', steps, bytes }, [bytes.buffer]);
  },
};

async function run({ config, teacher, threads }: Extract<TrainerRequest, { kind: 'train' }>): Promise<void> {
  try {
    const teachers = teacher
      ? [teacherFromCheckpoint(decodeCheckpoint(teacher.bytes, teacher.source), teacher.source)]
      : [];
    const { status } = await train(config, {
      ...{ teachers, threads, signal: controller.signal },
      async openSink({ threads, engine }) {
        page.postMessage({ kind: 'begun', threads, engine: engine.description });
        return sink;
      },
      onNotice: (sentence) => page.postMessage({ kind: 'notice', sentence }),
      onProgress: (progress) => page.postMessage({ kind: 'progress', progress }),
    });
    page.postMessage({ kind: 'ended', status });
  } catch (error) {
    page.postMessage({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) });
  }
}

page.addEventListener('message', ({ data }) => {
  if (data.kind === 'stop') controller.abort();
  else void run(data);
});
