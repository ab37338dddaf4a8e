import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkRobot, liveHandles, loadRobot, makeEnv } from '@mikt/envs';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import type { ByteTarget } from './guided.js';
import { mutatedBytes, mutatedText, mutatedTree } from './mutations.js';
import { MODELS, PARTS, type RobotFiles, TASKS } from './robot-samples.js';
import type { FuzzTarget } from './target.js';
import { shallowJson } from './targets.js';
import { mutatedXml } from './xml-edits.js';

/** A robot of one's own as `mikt train ./robot.xml --task task.yaml` is given it. */
interface RobotCase {
  readonly model: Uint8Array | string;
  /** Undefined: `--task` is left out. */
  readonly task: string | undefined;
  /** Files beside the model that are other than usual. */
  readonly parts: RobotFiles;
  /** Whether it is tried out as by `mikt envs check` as well, which takes longer. */
  readonly isChecked: boolean;
}

/** What no robot may have in it: it stands in a file outside of the model's folder. */
const SECRET = 'not-for-robots';
const OUTSIDE = `<mujocoinclude><!-- ${SECRET} --></mujocoinclude>`;
const MODEL = 'robot.xml';
const TASK = 'task.yaml';
const STEPS = 3;
/** Seconds of a case, on a busy machine: beyond it a user thinks that it hangs. */
const PATIENCE = 60;

const DICTIONARY = [
  ...[
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    '<!ENTITY x SYSTEM "../outside.xml">',
    '&b;',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?xml version="1.0" encoding="UTF-16"?>',
    '</body>',
    '<body>',
    '/>',
    '"',
    "'",
  ],
  ...[
    '<include file="../outside.xml"/>',
    '\ufeff',
    '</mujoco>',
    '<mujoco>',
    '<?',
    '&#x110000;',
    'xmlns:a="b" ',
  ],
];
const YAML = [
  '&a ',
  '*a',
  '!!js/function ',
  '<<: *a',
  '- ',
  ': ',
  '? ',
  '| ',
  '\n',
  '\t',
  '.inf',
  '.nan',
  '0x1F',
  '1_000',
];

/** Model files and task files, changed, up to some steps in MuJoCo. */
export function robots(): FuzzTarget<RobotCase> {
  const model = fc.oneof(
    { weight: 12, arbitrary: mutatedXml(...MODELS) },
    { weight: 2, arbitrary: mutatedText(MODELS, DICTIONARY) },
    { weight: 2, arbitrary: mutatedBytes(...MODELS.map((text) => new TextEncoder().encode(text))) },
    { weight: 4, arbitrary: fc.constantFrom(...MODELS) },
  );
  const trees = TASKS.map((text) => parseYaml(text) as Record<string, unknown>);
  const task = fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: mutatedTree(...trees).map(shallowJson) },
    { weight: 2, arbitrary: mutatedText(TASKS, YAML) },
    { weight: 1, arbitrary: fc.constantFrom(...TASKS) },
  );
  const part = fc.constantFrom(...Object.keys(PARTS)).chain((name) => {
    const seed = PARTS[name]!;
    const bytes = typeof seed === 'string' ? new TextEncoder().encode(seed) : seed;
    const changed = name.endsWith('.xml') ? mutatedXml(seed as string) : mutatedBytes(bytes);
    return changed.map((contents): RobotFiles => ({ [name]: contents }));
  });
  return {
    name: 'robots and tasks',
    cases: fc.record({
      model,
      task,
      parts: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: part }),
      isChecked: fc.nat(49).map((n) => n === 0),
    }),
    feed: (robot) => useRobot(robot),
  };
}

/** Model files and task files for fuzzing that is guided by coverage. */
export function robotBytes(): ByteTarget[] {
  const bytes = (texts: readonly string[]) => texts.map((text) => new TextEncoder().encode(text));
  return [
    {
      name: 'model files',
      seeds: bytes(MODELS),
      feed: (model) => useRobot({ model, task: undefined, parts: {}, isChecked: false }),
    },
    {
      name: 'task files',
      seeds: bytes(TASKS),
      feed: (file) =>
        useRobot({ model: MODELS[0]!, task: new TextDecoder().decode(file), parts: {}, isChecked: false }),
    },
  ];
}

async function useRobot(robot: RobotCase): Promise<undefined> {
  const startedAt = performance.now();
  // In the current folder, which is one for this.
  const around = mkdtempSync('robot-');
  let refusal: unknown;
  try {
    await letAct(robot, around);
  } catch (error) {
    refusal = error;
  }
  rmSync(around, { recursive: true });
  if (liveHandles() !== 0)
    throw new Error(`${liveHandles()} objects of MuJoCo were not freed`, { cause: refusal });
  const seconds = (performance.now() - startedAt) / 1000;
  if (seconds > PATIENCE) throw new Error(`it took ${Math.round(seconds)} s`, { cause: refusal });
  if (refusal !== undefined) throw refusal;
}

/** Reads a robot from files in a folder of its own below `around`, and lets it act. */
async function letAct({ model, task, parts, isChecked }: RobotCase, around: string): Promise<void> {
  const folder = path.join(around, 'robot');
  writeAll(around, { 'outside.xml': OUTSIDE });
  writeAll(folder, { ...PARTS, ...parts, [MODEL]: model, ...(task === undefined ? {} : { [TASK]: task }) });
  symlinkSync(path.join('..', 'outside.xml'), path.join(folder, 'link.xml'));
  symlinkSync('..', path.join(folder, 'linked'));
  const options = task === undefined ? {} : { task: path.join(folder, TASK) };
  const { definition } = await loadRobot(path.join(folder, MODEL), options);
  const outside = Object.entries(definition.files).find(([, bytes]) => Buffer.from(bytes).includes(SECRET));
  if (outside) throw new Error(`${outside[0]} is from outside of the model's folder`);
  const env = await makeEnv(definition);
  try {
    env.reset({ seed: 1 });
    const action = new Float64Array(env.spaces.action.size).fill(0.5);
    for (let i = 0; i < STEPS; i++) {
      const { observation, reward, terminated, truncated } = env.step(action);
      if (![reward, ...observation].every(Number.isFinite)) throw new Error('a step that is not finite');
      if (terminated || truncated) break;
    }
    env.restore(env.snapshot());
  } finally {
    env.dispose();
  }
  if (isChecked) await checkRobot(definition, { episodeSteps: STEPS });
}

function writeAll(folder: string, files: RobotFiles): void {
  for (const [name, contents] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}
