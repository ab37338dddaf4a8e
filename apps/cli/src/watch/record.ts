import { policyFromCheckpoint } from '@mikt/algos';
import { makeEnv } from '@mikt/envs';
import { encodeRecording, quantisationError, type Recording, recordRollout } from '@mikt/eval';
import { createEngine } from '@mikt/graph';
import { filmPictures, pictureCount, recordingGif } from '@mikt/report';
import { readCheckpoint, writeWhole } from '@mikt/runs';
import { checkpointFile } from '../checkpoint-source.js';
import { formatNumber, printJson, say } from '../options.js';
import { checkOutputFile } from '../output-file.js';
import { findVideoEncoder, writeVideo } from './video.js';

export interface RecordFlags {
  readonly seed: number;
  readonly best?: boolean;
  readonly sample?: boolean;
  readonly episodes?: number;
  readonly steps?: number;
  readonly frameEvery?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Of GIFs and videos: pixels, and pictures per second. */
const FILM = { width: 480, height: 300, framesPerSecond: 20 } as const;

/**
 * Writes episodes of a policy to a file: as data that the player plays, or as a film.
 * @throws InvalidInputError for another extension, or a file that is there already
 * @throws RunError for a video where there is no encoder
 */
export async function record(given: string, out: string, flags: RecordFlags): Promise<void> {
  const extension = checkOutputFile(out, ['.json', '.gif', '.mp4'], flags.force ?? false, '--record');
  const encoder = extension === '.mp4' ? findVideoEncoder() : undefined;
  const recording = await recordEpisodes(given, flags);
  const progress = filmProgress(recording);
  if (encoder !== undefined) {
    const pictures = filmPictures(recording, FILM);
    await writeVideo(encoder, out, told(pictures, progress), FILM);
  } else if (extension === '.gif') {
    await writeWhole(out, await recordingGif(recording, FILM, progress));
  } else await writeWhole(out, new TextEncoder().encode(encodeRecording(recording)));
  describe(out, extension === '.json', recording, flags);
}

async function recordEpisodes(given: string, flags: RecordFlags): Promise<Recording> {
  const { seed, sample = false, episodes, steps, frameEvery } = flags;
  const file = await checkpointFile(given, flags.best);
  const checkpoint = await readCheckpoint(file);
  const engine = await createEngine('wasm');
  try {
    const policy = policyFromCheckpoint(checkpoint, engine, file);
    const env = await makeEnv(policy.robot ?? policy.env);
    try {
      return await recordRollout(policy, env, {
        ...{ seed, sample },
        ...(episodes === undefined ? {} : { episodes }),
        ...(steps === undefined ? {} : { steps }),
        ...(frameEvery === undefined ? {} : { frameEvery }),
      });
    } finally {
      env.dispose();
      policy.dispose();
    }
  } finally {
    engine.dispose();
  }
}

/** Pictures take much longer than physics: says now and then how far they are. */
function filmProgress(recording: Recording): () => void {
  const all = pictureCount(recording, FILM.framesPerSecond);
  let done = 0;
  return () => {
    done++;
    if (done % 200 === 0 && done < all) say(`${formatNumber(done)} of ${formatNumber(all)} pictures`);
  };
}

async function* told<T>(items: AsyncIterable<T>, onItem: () => void): AsyncGenerator<T> {
  for await (const item of items) {
    yield item;
    onItem();
  }
}

function describe(out: string, isData: boolean, recording: Recording, { json = false }: RecordFlags): void {
  const { env, policy, seed, sample, episodes } = recording;
  const results = episodes.map(({ positions: _, rewards: __, ...episode }) => episode);
  const error = isData ? quantisationError(recording) : undefined;
  if (json) {
    printJson({ recording: out, env, policy, seed, sample, episodes: results, ...(error ? { error } : {}) });
    return;
  }
  const returns = episodes.map((episode) => formatNumber(episode.return)).join(', ');
  const steps = episodes.reduce((sum, episode) => sum + episode.steps, 0);
  process.stdout.write(
    `${out}: ${episodes.length} episode${episodes.length === 1 ? '' : 's'} of ${env}, ${formatNumber(steps)} steps, ` +
      `${sample ? 'sampled' : 'mean'} actions, return ${returns}` +
      `${error ? `; positions are off by ${error.positions.toPrecision(1)} m or rad at most` : ''}.\n`,
  );
}
