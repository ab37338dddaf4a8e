import { FileError, InvalidInputError } from '@mikt/core';
import type { Scene } from '@mikt/envs/scene';
// The small build: recordings are also read by pages.
import * as z from 'zod/mini';

export const RECORDING_FORMAT = 'mikt-recording';
export const RECORDING_FORMAT_VERSION = 1;

/** Episodes of a policy to watch: where the robot was, and what it earned. */
export interface Recording {
  /** The environment it acted in. */
  readonly env: string;
  /** What acted: the environment it was trained on, by which method, for how many steps (null: not known). */
  readonly policy: {
    readonly env: string;
    readonly algo: string;
    readonly steps: number | null;
    readonly coupled: boolean;
  };
  readonly seed: number;
  /** Whether actions were sampled; otherwise the policy's mean acted. */
  readonly sample: boolean;
  /** Seconds of one environment step. */
  readonly dt: number;
  /** Environment steps from one frame to the next; an episode's last frame is that of its last step. */
  readonly frameEvery: number;
  /** Names of the reward's parts. */
  readonly rewardParts: readonly string[];
  readonly episodes: readonly RecordedEpisode[];
  readonly scene: Scene;
}

export interface RecordedEpisode {
  /** Seed of the environment. */
  readonly seed: number;
  readonly steps: number;
  /** Sum of raw rewards, exact. */
  readonly return: number;
  readonly terminated: boolean;
  /** Ended by the time limit. Neither is set where the recording stopped before the episode did. */
  readonly truncated: boolean;
  /** Generalised positions of every frame, the start first. [frames, scene.positionSize] */
  readonly positions: Float64Array;
  /** Parts of the reward of every step. [steps, rewardParts] */
  readonly rewards: Float64Array;
}

/** Number of frames of an episode: the start, every `frameEvery`-th step and the end. */
export function frameCount(steps: number, frameEvery: number): number {
  return 1 + Math.ceil(steps / frameEvery);
}

/**
 * A recording as JSON text; the same recording gives the same bytes. Each coordinate and each part of the reward is
 * stored in 16 bits over its own range, so that it is off by 1/131,070 of that at most (`quantisationError`). The text
 * has no "<" and may stand in a page's script element as it is.
 * @throws InvalidInputError where a number is not finite or an array does not fit
 */
export function encodeRecording(recording: Recording): string {
  const { episodes, scene, ...described } = recording;
  const { frameEvery, rewardParts } = described;
  const encoded: z.input<typeof schema> = {
    format: RECORDING_FORMAT,
    formatVersion: RECORDING_FORMAT_VERSION,
    ...described,
    rewardParts: [...rewardParts],
    episodes: episodes.map(({ positions, rewards, ...episode }) => ({
      ...episode,
      positions: toColumns(positions, scene.positionSize, frameCount(episode.steps, frameEvery), 'positions'),
      rewards: toColumns(rewards, rewardParts.length, episode.steps, 'rewards'),
    })),
    scene,
  };
  return JSON.stringify(encoded).replaceAll('<', '\\u003c');
}

/** The most by which `encodeRecording` moves a generalised position (metres or radians) and a part of the reward. */
export function quantisationError({ scene, rewardParts, episodes }: Recording): {
  positions: number;
  rewards: number;
} {
  const largest = (table: Float64Array, width: number) =>
    Math.max(0, ...rangesOf(table, width).map(({ low, high }) => (high - low) / LARGEST / 2));
  return {
    positions: Math.max(...episodes.map(({ positions }) => largest(positions, scene.positionSize))),
    rewards: Math.max(...episodes.map(({ rewards }) => largest(rewards, rewardParts.length))),
  };
}

/**
 * Reads what `encodeRecording` wrote, in Node or in a page.
 * @param source names the recording in errors
 * @throws FileError where it is damaged, no recording, or of a newer format
 */
export function decodeRecording(text: string, source = 'the recording'): Recording {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new FileError(source, 'is no recording of mikt, or damaged: it is not JSON.', { cause });
  }
  const { format, formatVersion } = (data ?? {}) as Record<string, unknown>;
  if (format !== RECORDING_FORMAT) {
    throw new FileError(source, `is no recording of mikt: it does not say "${RECORDING_FORMAT}".`);
  }
  if (formatVersion !== RECORDING_FORMAT_VERSION) {
    throw new FileError(
      source,
      `is a recording of format ${formatVersion}; this version of mikt reads format ${RECORDING_FORMAT_VERSION}. ` +
        'Use the version that wrote it, or a newer one.',
    );
  }
  const result = schema.safeParse(data);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new FileError(
      source,
      `is a damaged recording (${issue!.path.join('/') || 'recording'}: ${issue!.message}).`,
    );
  }
  const { format: _, formatVersion: __, episodes, ...described } = result.data;
  const { scene, rewardParts, frameEvery } = described;
  checkScene(scene, source);
  return {
    ...described,
    episodes: episodes.map(({ positions, rewards, ...episode }, i) => ({
      ...episode,
      positions: fromColumns(positions, scene.positionSize, frameCount(episode.steps, frameEvery), () => {
        throw new FileError(
          source,
          `is a damaged recording (episodes/${i}/positions have the wrong length).`,
        );
      }),
      rewards: fromColumns(rewards, rewardParts.length, episode.steps, () => {
        throw new FileError(source, `is a damaged recording (episodes/${i}/rewards have the wrong length).`);
      }),
    })),
  };
}

const count = z.int().check(z.minimum(0));
const atLeastOne = z.int().check(z.minimum(1));
const finite = z.number();
const vector = z.readonly(z.tuple([finite, finite, finite]));
const four = z.readonly(z.tuple([finite, finite, finite, finite]));

/** A column of a table: each value is one of 65,536 levels from `low` to `high`. */
const column = z.object({
  low: finite,
  high: finite,
  /** Unsigned 16-bit numbers, lower byte first, in base64; empty where all values are `low`. */
  values: z.string(),
});
type Column = z.infer<typeof column>;

const joint = z.object({
  type: z.enum(['free', 'ball', 'slide', 'hinge']),
  position: vector,
  axis: vector,
  entry: count,
  reference: finite,
});
const body = z.object({
  name: z.string(),
  parent: count,
  position: vector,
  orientation: four,
  joints: z.readonly(z.array(joint)),
});
const geom = z.object({
  type: z.enum(['plane', 'sphere', 'capsule', 'ellipsoid', 'cylinder', 'box', 'other']),
  size: vector,
  rgba: four,
  body: count,
  position: vector,
  orientation: four,
});
const schema = z.object({
  format: z.literal(RECORDING_FORMAT),
  formatVersion: z.literal(RECORDING_FORMAT_VERSION),
  env: z.string(),
  policy: z.object({
    env: z.string(),
    algo: z.string(),
    steps: z.nullable(count),
    coupled: z.boolean(),
  }),
  seed: count,
  sample: z.boolean(),
  dt: z.number().check(z.positive()),
  frameEvery: atLeastOne,
  rewardParts: z.array(z.string()),
  episodes: z
    .array(
      z.object({
        seed: count,
        steps: atLeastOne,
        return: finite,
        terminated: z.boolean(),
        truncated: z.boolean(),
        positions: z.array(column),
        rewards: z.array(column),
      }),
    )
    .check(z.minLength(1)),
  scene: z.object({
    bodies: z.readonly(z.array(body).check(z.minLength(1))),
    geoms: z.readonly(z.array(geom)),
    positionSize: count,
  }),
});

/** Refuses a scene whose indices lead nowhere. */
function checkScene({ bodies, geoms, positionSize }: Scene, source: string): void {
  const entries = { free: 7, ball: 4, slide: 1, hinge: 1 };
  const sound =
    bodies.every(
      ({ parent, joints }, i) =>
        (i === 0 ? parent === 0 : parent < i) &&
        joints.every(({ type, entry }) => entry + entries[type] <= positionSize),
    ) && geoms.every((shape) => shape.body < bodies.length);
  if (!sound) throw new FileError(source, 'is a damaged recording (scene: an index leads nowhere).');
}

const LARGEST = 65_535;

function rangesOf(table: Float64Array, width: number): { low: number; high: number }[] {
  return Array.from({ length: width }, (_, k) => {
    let [low, high] = [table[k]!, table[k]!];
    for (let i = k; i < table.length; i += width) {
      low = Math.min(low, table[i]!);
      high = Math.max(high, table[i]!);
    }
    return { low, high };
  });
}

function toColumns(table: Float64Array, width: number, rows: number, what: string): Column[] {
  if (table.length !== width * rows) {
    throw new InvalidInputError(
      `${what} of a recorded episode need ${rows} x ${width} numbers, got ${table.length}.`,
    );
  }
  if (!table.every(Number.isFinite)) {
    throw new InvalidInputError(`${what} of a recorded episode must be finite.`);
  }
  return rangesOf(table, width).map(({ low, high }, k) => {
    if (low === high) return { low, high, values: '' };
    const bytes = new DataView(new ArrayBuffer(2 * rows));
    for (let i = 0; i < rows; i++) {
      const level = Math.round(((table[i * width + k]! - low) / (high - low)) * LARGEST);
      bytes.setUint16(2 * i, level, true);
    }
    return { low, high, values: toBase64(new Uint8Array(bytes.buffer)) };
  });
}

function fromColumns(
  columns: readonly Column[],
  width: number,
  rows: number,
  onWrongLength: () => never,
): Float64Array {
  if (columns.length !== width) onWrongLength();
  const table = new Float64Array(width * rows);
  for (const [k, { low, high, values }] of columns.entries()) {
    const bytes = fromBase64(values);
    if (bytes?.byteLength !== (low === high ? 0 : 2 * rows)) onWrongLength();
    for (let i = 0; i < rows; i++) {
      const level = low === high ? 0 : bytes.getUint16(2 * i, true);
      // The ends are met exactly, so that encoding again gives the same bytes.
      table[i * width + k] = level === LARGEST ? high : low + (level / LARGEST) * (high - low);
    }
  }
  return table;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Undefined where the text is not base64. */
function fromBase64(text: string): DataView | undefined {
  try {
    return new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  } catch {
    return undefined;
  }
}
