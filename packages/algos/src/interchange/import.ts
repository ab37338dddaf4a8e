import { type EnvSpaces, FileError, InvalidInputError } from '@mikt/core';
import type { RobotDefinition } from '@mikt/envs';
import { decodeSafetensors } from '@mikt/runs/reader';
import { assemblePolicy } from './networks.js';
import { readOnnxPolicy } from './onnx-policy.js';
import { readNormaliser, readStableBaselines3 } from './stable-baselines3.js';
import type { TrainedPolicy } from './trained-policy.js';

/** A file's contents, with its name for errors. */
export interface NamedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ImportOptions {
  /** The environment that the policy was trained on, and its spaces. */
  readonly env: string;
  /** That environment itself, where it is a robot of one's own. */
  readonly robot?: RobotDefinition;
  readonly spaces: EnvSpaces;
  /** SHA-256 of the file, to be told later where the policy is from. */
  readonly fingerprint: string;
  /** A safetensors file with VecNormalize's statistics, where they are not in the policy's file. */
  readonly normaliser?: NamedBytes;
  /** Told what was assumed because the file does not say it. */
  onNotice?(sentence: string): void;
}

/**
 * A policy that was trained elsewhere: a Stable-Baselines3 state_dict as safetensors, or an ONNX file. What they hold
 * and how they are written is in docs/interchange.md.
 * @throws FileError where the file is damaged or its policy cannot be represented
 * @throws InvalidInputError where it is of another kind, or its sizes are not the environment's
 */
export function importPolicy({ path, bytes }: NamedBytes, options: ImportOptions): TrainedPolicy {
  const { env, robot, spaces, fingerprint, onNotice = () => {} } = options;
  const extension = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase();
  if (extension !== '.onnx' && extension !== '.safetensors') {
    throw new InvalidInputError(
      `${path}: policies are read from .safetensors and .onnx files. Others, such as Stable-Baselines3's .zip and ` +
        "PyTorch's .pt, can run code when they are read; docs/interchange.md has the lines that write one of these.",
    );
  }
  const format = extension === '.onnx' ? 'onnx' : 'stable-baselines3';
  const found =
    format === 'onnx' ? readOnnxPolicy(bytes, path, onNotice) : readStableBaselines3(bytes, path, onNotice);
  const given = options.normaliser && readGivenNormaliser(options.normaliser, spaces);
  if (given && found.normaliser) {
    throw new InvalidInputError(`${path} has a normaliser already; leave ${options.normaliser!.path} out.`);
  }
  const normaliser = given ?? found.normaliser;
  if (!normaliser) {
    onNotice(
      `${path} has no normaliser: the policy is taken to see observations as the environment gives them.`,
    );
  }
  const origin = { format, source: path, fingerprint } as const;
  return assemblePolicy({ ...found, normaliser }, path, { env, ...(robot && { robot }), spaces, origin });
}

function readGivenNormaliser({ path, bytes }: NamedBytes, { observation }: EnvSpaces) {
  const normaliser = readNormaliser(decodeSafetensors(bytes, path), path);
  if (!normaliser) throw new FileError(path, 'has no obs_rms.mean and obs_rms.var.');
  for (const { length } of [normaliser.mean, normaliser.variance]) {
    if (length === observation.size) continue;
    throw new FileError(path, `normalises ${length} observations where there are ${observation.size}.`);
  }
  return normaliser;
}
