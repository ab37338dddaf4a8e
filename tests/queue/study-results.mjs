// What two runs have to have in common to be the same. For tests and benchmarks.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readCheckpoint, readRun } from '@mikt/runs';

/** Columns that are read off a clock. */
const WALL_CLOCK = ['seconds', 'steps_per_second'];

/**
 * All of a run that does not depend on when, where and on how many threads it was made: numbers as their bits.
 * Two runs are the same run where, and only where, these are equal.
 */
export async function resultsOf(folder) {
  const { manifest, metrics } = await readRun(folder);
  const { createdAt: _, command, host: __, continuations, ...made } = manifest;
  const checkpoints = readdirSync(path.join(folder, 'checkpoints'))
    .filter((name) => name.endsWith('.safetensors'))
    .sort();
  return {
    manifest: {
      ...made,
      continuations,
      command: command.filter((word, i) => !isElsewhere(word, command[i - 1])),
    },
    metrics: Object.entries(metrics)
      .filter(([name]) => !WALL_CLOCK.includes(name))
      .map(([name, values]) => [name, bitsOf(values)]),
    episodes: readFileSync(path.join(folder, 'episodes.csv'), 'utf8'),
    checkpoints: await Promise.all(
      checkpoints.map(async (name) => {
        const { header, tensors } = await readCheckpoint(path.join(folder, 'checkpoints', name));
        return {
          name,
          header: withoutSeconds(header),
          tensors: Object.entries(tensors)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([tensor, { shape, data }]) => [tensor, shape, bitsOf(data)]),
        };
      }),
    ),
    logs: readdirSync(folder)
      .filter((name) => !/^(events\.out|checkpoints$)/.test(name))
      .sort(),
  };
}

/** How many threads, and in which folder, is for each to choose. */
function isElsewhere(word, before = '') {
  const options = ['--threads', '--out'];
  return options.includes(word) || options.includes(before);
}

function bitsOf(data) {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** Neither the time that it took, nor what a checkpoint keeps of run.json and the logs, which have that as well. */
function withoutSeconds(header) {
  const { training, run: _, ...rest } = header;
  return { ...rest, training: { ...training, progress: { ...training.progress, seconds: 0 } } };
}
