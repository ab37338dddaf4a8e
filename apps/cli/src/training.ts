import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  describeMethod,
  findMethod,
  type Progress,
  type Provenance,
  planPasses,
  presetValues,
  type RunConfig,
  resolveConfig,
  runSchema,
  type Teacher,
  type TrainingResult,
  trainRun,
} from '@mikt/algos';
import { type ConfigRow, describeConfig, InvalidInputError, parseAssignments } from '@mikt/core';
import type { RobotDefinition } from '@mikt/envs';
import { finalReturn } from '@mikt/eval';
import { readRun } from '@mikt/runs';
import { type Command, Option } from 'commander';
import { gitState } from './git.js';
import { acquireLock } from './lock.js';
import { collect, formatNumber, mergeWithoutConflict, printJson, say, wholeNumber } from './options.js';
import { ProgressLine } from './progress.js';
import { EXIT } from './report-error.js';
import { onStop } from './stop-signals.js';
import { linkToStudy } from './study/link.js';
import { version } from './version.js';

/** The options that `train` and `transfer` share. */
export interface TrainingFlags {
  readonly steps?: number;
  readonly seed?: number;
  readonly envs?: number;
  readonly engine?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly preset?: string;
  readonly onNan?: RunConfig['onNan'];
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export function addTrainingOptions(command: Command): Command {
  return command
    .option(
      '--steps <n>',
      'environment steps, rounded up to whole updates (default: 1,000,000)',
      wholeNumber(1),
    )
    .option('--seed <n>', 'seed of everything random in the run (default: 0)', wholeNumber(0))
    .option('--envs <n>', 'environments stepped side by side; divides 2,048 (default: 8)', wholeNumber(1))
    .option('--out <folder>', "the run's folder (default: runs/<env>-<algo>-s<seed>-<time>)")
    .option('--preset <name>', 'a named set of configuration values, listed below')
    .option('--set <key=value>', 'set a configuration key; may be repeated', collect)
    .addOption(onNanOption())
    .addOption(new Option('--engine <name>', 'what runs the networks: wasm or tfjs (default: wasm)'))
    .option(
      '--threads <n>',
      'threads at most; results do not depend on it (default: one per core)',
      wholeNumber(1),
    )
    .option('--json', 'print the result as JSON');
}

/** What to do where a number is not finite any more. */
export function onNanOption(byDefault = 'stop'): Option {
  return new Option(
    '--on-nan <what>',
    `where a number is not finite: stop, or restore the state before that update and go on with other random numbers (default: ${byDefault})`,
  ).choices(['stop', 'restore']);
}

/**
 * Help text: every configuration key of these algorithms with its default, from their schemas, and their presets.
 * Keys that all of them have are listed once.
 */
export function configurationHelp(...algos: string[]): (context: { command: Command }) => string {
  return ({ command }) => {
    const help = command.createHelp();
    help.prepareContext({ helpWidth: process.stdout.columns ?? 80 });
    const methods = algos.map((algo) => {
      const method = findMethod(algo);
      // These two have options or arguments of their own.
      const rows = describeConfig(runSchema(method)).filter(({ key }) => key !== 'env' && key !== 'algo');
      return { method, rows };
    });
    const isCommon = (key: string) => methods.every(({ rows }) => rows.some((row) => row.key === key));
    const width = Math.max(...methods.flatMap(({ rows }) => rows.map(({ key }) => key.length)));
    const table = (rows: readonly ConfigRow[]) =>
      rows.map((row) =>
        help.formatItem(row.key, width, `${row.description} (default: ${JSON.stringify(row.default)})`, help),
      );
    const titles = methods.map(({ method }) => method.title);
    return [
      `\nConfiguration keys of ${titles.join(', ')} for --set:`,
      ...table(methods[0]!.rows.filter(({ key }) => isCommon(key))),
      ...methods.flatMap(({ method, rows }) => {
        const own = rows.filter(({ key }) => !isCommon(key));
        return own.length > 0
          ? [`\nMore keys of ${method.title} (--algo ${method.name}):`, ...table(own)]
          : [];
      }),
      '\nPresets:',
      ...methods.map(
        ({ method }) =>
          `  ${method.title} (--algo ${method.name}): ${Object.keys(method.presets).join(', ')}`,
      ),
    ].join('\n');
  };
}

/** The complete configuration that flags ask for. @throws InvalidInputError */
export function configFromFlags(env: string, algo: string, flags: TrainingFlags): RunConfig {
  const given = Object.fromEntries(
    (['steps', 'seed', 'envs', 'engine', 'onNan'] as const).flatMap((key) =>
      flags[key] === undefined ? [] : [[key, flags[key]]],
    ),
  );
  const preset = flags.preset === undefined ? {} : presetValues(algo, flags.preset);
  const chosen = mergeWithoutConflict(
    { ...given, env, algo: findMethod(algo).name },
    parseAssignments(flags.set ?? []),
  );
  const config = resolveConfig({ ...preset, ...chosen });
  const asked = typeof chosen.steps === 'number' ? chosen.steps : undefined;
  if (asked !== undefined) sayRounding(asked, config);
  return config;
}

/** Says that a number of steps was rounded up to whole updates, where it was. */
export function sayRounding(asked: number, config: RunConfig): void {
  if (config.steps === asked) return;
  const { passes, statisticsPasses } = planPasses(config);
  say(
    `${formatNumber(asked)} steps are rounded up to ${formatNumber(config.steps)}: ` +
      `${formatNumber(passes)} passes of ${formatNumber(config.stepsPerUpdate)} steps` +
      `${statisticsPasses > 0 ? ', the first of which only fills the normaliser' : ''}.`,
  );
}

/** Who trains, and from which source. */
export function provenance(): Provenance {
  return { command: ['mikt', ...process.argv.slice(2)], version, ...gitState() };
}

/** Trains in a run folder with progress, Ctrl-C and a summary. Returns the exit status. */
export async function runTraining(
  config: RunConfig,
  teachers: readonly Teacher[],
  flags: TrainingFlags,
  robot?: RobotDefinition,
): Promise<number> {
  const folder = flags.out ?? defaultFolder(config);
  return withProgress(folder, config, flags.json ?? false, (callbacks) =>
    trainRun(config, folder, {
      ...callbacks,
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      teachers,
      ...(robot && { robot }),
      provenance: provenance(),
    }),
  );
}

/** Runs a training with a progress line, ending it at its last update on Ctrl-C; then says how it went. */
export async function withProgress(
  folder: string,
  config: Pick<RunConfig, 'env' | 'algo'>,
  json: boolean,
  training: (callbacks: {
    signal: AbortSignal;
    onEngine(description: string): void;
    onNotice(sentence: string): void;
    onProgress: ProgressLine['show'];
  }) => Promise<TrainingResult>,
): Promise<number> {
  const line = new ProgressLine(`${config.env} ${config.algo}`, process.stderr);
  const controller = new AbortController();
  const release = acquireLock(folder);
  // After a second signal the run is resumable from its last checkpoint.
  const ignoreStop = onStop(() => controller.abort());
  const study = linkToStudy(() => controller.abort());
  let result: TrainingResult;
  try {
    result = await training({
      signal: controller.signal,
      onEngine: (description) => say(`${folder}: networks run on ${description}.`),
      onNotice: say,
      onProgress: (progress) => (study ? study.report(progress) : line.show(progress)),
    });
  } finally {
    line.end();
    ignoreStop();
    study?.close();
    release();
  }
  await summarise(folder, result, json);
  return result.status === 'finished' ? EXIT.done : EXIT.interrupted;
}

async function summarise(folder: string, { status, state }: TrainingResult, json: boolean): Promise<void> {
  const { metrics } = await readRun(folder);
  const { steps, episodes, seconds, diverged, restores, warnings } = state.progress;
  const last = finalReturn(metrics.return_100 ?? []);
  if (status === 'interrupted')
    say(`Stopped at ${formatNumber(steps)} steps. Go on with: mikt resume ${folder}`);
  for (const sentence of describeTroubles(state.progress, folder)) say(sentence);
  if (json) {
    printJson({
      run: folder,
      status,
      env: state.config.env,
      algo: state.config.algo,
      seed: state.config.seed,
      steps,
      episodes,
      seconds,
      diverged,
      physics_warnings: warnings,
      restores,
      return_100: last ?? null,
    });
  } else if (status === 'finished') {
    process.stdout.write(
      `${describeMethod(state.config)} on ${state.config.env}: ${formatNumber(steps)} steps, ${formatNumber(episodes)} episodes in ` +
        `${formatNumber(seconds)} s; mean return of the last 100 episodes ${last === undefined ? 'unknown (none ended)' : formatNumber(last)}.\n` +
        `Run: ${folder}\n`,
    );
  }
}

/** What a run has lived through that a reader of its results should know. */
export function describeTroubles(
  { diverged, restores, warnings }: Pick<Progress, 'diverged' | 'restores' | 'warnings'>,
  folder: string,
): string[] {
  const times = (count: number) => (count === 1 ? 'once' : `${formatNumber(count)} times`);
  const kinds = Object.entries(warnings).sort(([, a], [, b]) => b - a);
  return [
    ...(diverged > 0 ? [`The simulation diverged ${times(diverged)}; each ended its episode.`] : []),
    ...(kinds.length > 0
      ? [`MuJoCo warned: ${kinds.map(([kind, count]) => `${kind} (${times(count)})`).join(', ')}.`]
      : []),
    ...(restores > 0
      ? [
          `The run went back ${times(restores)} to the state before an update in which a number was not finite; the ` +
            `last ones are in ${path.join(folder, 'failures')}.`,
        ]
      : []),
  ];
}

function defaultFolder({ env, algo, seed }: RunConfig): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const folder = `runs/${env}-${algo}-s${seed}-${time}`;
  if (existsSync(folder))
    throw new InvalidInputError(`${folder} exists already; give another folder with --out.`);
  return folder;
}
