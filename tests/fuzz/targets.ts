import path from 'node:path';
import {
  importPolicy,
  isPolicyFile,
  METHODS,
  policyFromCheckpoint,
  readTrainingState,
  resolveConfig,
  teacherFromCheckpoint,
  trainedPolicy,
} from '@mikt/algos';
import { MiktError, parseAssignments, unbounded } from '@mikt/core';
import { decodeRecording, parseStudy, planStudy } from '@mikt/eval';
import { createReferenceEngine } from '@mikt/graph';
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeEvents,
  decodeSafetensors,
  encodeCheckpoint,
  parseEpisodes,
  parseManifest,
  parseMetrics,
  scalarSeries,
} from '@mikt/runs/reader';
import fc from 'fast-check';
import type { ByteTarget } from './guided.js';
import { mutatedBytes, mutatedText, mutatedTree, nastyValue } from './mutations.js';
import type { Samples } from './samples.js';
import type { FuzzTarget } from './target.js';

// biome-ignore lint/suspicious/noExplicitAny: targets of all kinds of cases stand in one list
export type AnyTarget = FuzzTarget<any>;

/** Everything that takes data from outside by a function; the command line is apart. */
export function targets(samples: Samples): AnyTarget[] {
  return [
    safetensors(samples),
    checkpointFiles(samples),
    checkpointContents(samples),
    configurations(),
    assignments(),
    studies(samples),
    manifests(samples),
    logs(samples),
    events(samples),
    onnxPolicies(samples),
    stableBaselines3Policies(samples),
    recordings(samples),
  ];
}

/** The readers of whole files, for fuzzing that is guided by coverage. */
export function byteTargets(samples: Samples): ByteTarget[] {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const bytes = (...texts: readonly string[]) => texts.map((each) => new TextEncoder().encode(each));
  return [
    {
      name: 'safetensors',
      seeds: samples.checkpoints.map(encodeCheckpoint),
      feed: (file) => decodeSafetensors(file, 'file'),
    },
    { name: 'TensorBoard events', seeds: [samples.events], feed: (file) => decodeEvents(file, 'events') },
    { name: 'ONNX policies', seeds: samples.onnx, feed: (file) => importFrom('policy.onnx', file) },
    {
      name: 'Stable-Baselines3 policies',
      seeds: [samples.stableBaselines3],
      feed: (file) => importFrom('policy.safetensors', file),
    },
    {
      name: 'study files',
      seeds: bytes(...samples.studies),
      feed: (file) => planStudy(parseStudy(text(file), 'study.yaml')),
    },
    { name: 'run.json', seeds: bytes(samples.manifest), feed: (file) => parseManifest(text(file)) },
    { name: 'metrics.csv', seeds: bytes(samples.metrics), feed: (file) => parseMetrics(text(file)) },
    {
      name: 'recordings',
      seeds: bytes(samples.recording),
      feed: (file) => decodeRecording(text(file), 'recording'),
    },
  ];
}

/** Headers whose every length, type and offset may be a lie, before bytes that do not care. */
function safetensors({ checkpoints }: Samples): FuzzTarget<Uint8Array> {
  const header = {
    ...{ a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } },
    ...{ b: { dtype: 'F64', shape: [], data_offsets: [24, 32] } },
    __metadata__: { key: 'value' },
  };
  const lie = fc
    .tuple(mutatedTree<unknown>(header), fc.nat(40), fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })))
    .map(([tree, dataBytes, declared]) => {
      const json = new TextEncoder().encode(shallowJson(tree));
      const bytes = new Uint8Array(8 + json.length + dataBytes);
      new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(json.length), true);
      bytes.set(json, 8);
      return bytes;
    });
  return {
    name: 'safetensors',
    cases: fc.oneof(lie, mutatedBytes(...checkpoints.map(encodeCheckpoint))),
    feed(bytes) {
      const { tensors } = decodeSafetensors(bytes, 'file');
      let held = 0;
      for (const { data } of Object.values(tensors)) held += data.byteLength;
      if (held > bytes.length) throw new Error(`${held} bytes of tensors out of ${bytes.length}`);
      return undefined;
    },
  };
}

function checkpointFiles({ checkpoints }: Samples): FuzzTarget<Uint8Array> {
  return {
    name: 'checkpoint files',
    cases: mutatedBytes(...checkpoints.map(encodeCheckpoint)),
    feed: (bytes) => useCheckpoint(bytes),
  };
}

/** Checkpoints whose checksum is right, made by somebody who means harm. */
function checkpointContents({ checkpoints }: Samples): FuzzTarget<Checkpoint> {
  return {
    name: 'checkpoint contents',
    cases: mutatedTree(...checkpoints),
    feed(checkpoint) {
      let bytes: Uint8Array;
      try {
        bytes = encodeCheckpoint(checkpoint);
      } catch {
        // Not even a file: the fuzzer's own fault.
        return 'no file';
      }
      return useCheckpoint(bytes);
    },
  };
}

/** Everything that is done with a checkpoint that somebody was given: act, teach, go on, export. */
function useCheckpoint(bytes: Uint8Array): undefined {
  const decoded = decodeCheckpoint(bytes, 'file');
  const refusals: unknown[] = [];
  const uses = [
    () => policyFromCheckpoint(decoded, createReferenceEngine(), 'file').dispose(),
    () => teacherFromCheckpoint(decoded, 'file'),
    () => trainedPolicy(decoded, 'file'),
    () => isPolicyFile(decoded) || readTrainingState(decoded, 'file'),
  ];
  for (const use of uses) {
    try {
      use();
    } catch (error) {
      if (!(error instanceof MiktError)) throw error;
      refusals.push(error);
    }
  }
  // A coupled one refuses to teach, which is no fault of the file.
  if (refusals.length === uses.length) throw refusals[0];
  return undefined;
}

function configurations(): FuzzTarget<Record<string, unknown>> {
  const defaults = Object.keys(METHODS).map((algo) => ({ ...resolveConfig({ env: 'Ant', algo }) }));
  return {
    name: 'configurations',
    cases: mutatedTree<Record<string, unknown>>(...defaults),
    feed: (input) => void resolveConfig(input),
  };
}

function assignments(): FuzzTarget<string[]> {
  const keys = Object.keys(resolveConfig({ env: 'Ant', algo: 'mikt' }));
  const word = fc
    .tuple(fc.oneof(fc.constantFrom(...keys), fc.string(), fc.constant('__proto__')), nastyValue)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : shallowJson(value)}`);
  return {
    name: '--set words',
    cases: fc.array(fc.oneof(word, fc.string({ unit: 'binary' })), { minLength: 1, maxLength: 4 }),
    feed(words) {
      const assigned = parseAssignments(words);
      const given = new Set(words.map((each) => each.slice(0, each.indexOf('=')).trim()));
      for (const key of given) {
        if (!Object.hasOwn(assigned, key)) throw new Error(`"${key}" was swallowed`);
      }
      resolveConfig({ env: 'Ant', algo: 'mikt', ...assigned });
      return undefined;
    },
  };
}

function studies({ studies: sources }: Samples): FuzzTarget<string> {
  const trees = sources.map((source) => parseStudy(source, 'sample') as unknown);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghi'].map((name, i) => bombLine(name, 'abcdefgh'[i]!)),
  ];
  return {
    name: 'study files',
    cases: fc.oneof(
      mutatedText(sources, ['&a ', '*a', '!!js/function ', '<<: *a', '- ', ': ', '? ', '| ', '\n', '\t']),
      mutatedTree(...trees).map(shallowJson),
      mutatedText([bomb.join('\n'), ...sources]),
    ),
    feed(source) {
      const plan = planStudy(parseStudy(source, 'study.yaml'));
      for (const { folder } of plan.runs) {
        const inside = path.relative('/runs', path.resolve('/runs', folder));
        if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) {
          throw new Error(`the run folder ${folder} is outside`);
        }
      }
      return undefined;
    },
  };
}

/** A list of nine of the list before it. */
function bombLine(name: string, before: string): string {
  return `${name}: &${name} [${Array(9).fill(`*${before}`).join()}]`;
}

function manifests({ manifest }: Samples): FuzzTarget<string> {
  return {
    name: 'run.json',
    cases: fc.oneof(mutatedText([manifest]), mutatedTree(JSON.parse(manifest)).map(shallowJson)),
    feed: (text) => void parseManifest(text),
  };
}

function logs({ metrics, episodes }: Samples): FuzzTarget<{ metrics: string; episodes: string }> {
  const cells = [',', '\n', '1e999', '-0', 'NaN', '1,2,3\n', '"', '\r\n'];
  return {
    name: 'metrics.csv and episodes.csv',
    cases: fc.record({ metrics: mutatedText([metrics], cells), episodes: mutatedText([episodes], cells) }),
    feed(texts) {
      parseMetrics(texts.metrics);
      parseEpisodes(texts.episodes);
      return undefined;
    },
  };
}

function events({ events: file }: Samples): FuzzTarget<Uint8Array> {
  return {
    name: 'TensorBoard events',
    cases: mutatedBytes(file),
    feed: (bytes) => void scalarSeries([decodeEvents(bytes, 'events')]),
  };
}

function importFrom(path: string, bytes: Uint8Array) {
  return importPolicy({ path, bytes }, { env: 'Hopper', spaces, fingerprint: 'f' });
}

const spaces = { observation: unbounded(11), action: unbounded(3) };

function onnxPolicies({ onnx }: Samples): FuzzTarget<Uint8Array> {
  return {
    name: 'ONNX policies',
    cases: mutatedBytes(...onnx),
    feed: (bytes) => void importFrom('policy.onnx', bytes),
  };
}

function stableBaselines3Policies({ stableBaselines3 }: Samples): FuzzTarget<Uint8Array> {
  return {
    name: 'Stable-Baselines3 policies',
    cases: mutatedBytes(stableBaselines3),
    feed: (bytes) => void importFrom('policy.safetensors', bytes),
  };
}

function recordings({ recording }: Samples): FuzzTarget<string> {
  return {
    name: 'recordings',
    cases: fc.oneof(mutatedText([recording]), mutatedTree(JSON.parse(recording)).map(shallowJson)),
    feed: (text) => void decodeRecording(text, 'recording'),
  };
}

/** JSON text also of data that is nested deeper than JSON.stringify goes. */
export function shallowJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  }
}
