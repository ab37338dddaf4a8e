import { readRobot } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import type { EnvSource } from '@mikt/envs';
import { evaluateDoingNothing } from '@mikt/eval';
import { envLabels, type References, type ServedFile, writeReport } from '@mikt/report';
import { readRun } from '@mikt/runs';
import { Command } from 'commander';
import { checkPort, serveLocally } from '../local-server.js';
import { formatNumber, printJson, say, wholeNumber } from '../options.js';
import { openSources, type ReportSources } from '../report/inputs.js';
import { keepLive } from '../report/live.js';
import { untilStopped } from '../stop-signals.js';

/** Episodes of doing nothing behind the line in the figures: many, for a few lucky ones stand to the end. */
const IDLE_EPISODES = 30;

interface ReportFlags {
  readonly out?: string;
  readonly runs?: string;
  readonly idle: boolean;
  readonly rollouts: boolean;
  readonly rolloutLimit?: number;
  readonly png: boolean;
  readonly live?: boolean;
  readonly port?: number;
  readonly json?: boolean;
}

const DEFAULT_OUT = 'report';
const DEFAULT_LIMIT = 4;

export function reportCommand(): Command {
  return new Command('report')
    .description('write figures and a self-contained web page comparing runs')
    .argument('<runs...>', 'run folders, folders of runs, and study files (YAML or JSON), in any mix')
    .option('--out <folder>', `folder for index.html, figures/ and data/ (default: ${DEFAULT_OUT})`)
    .option('--runs <folder>', "folder of the study's runs (default: runs/<name of the study>)")
    .option('--no-idle', 'leave out the line of doing nothing (it takes a few seconds to measure)')
    .option('--no-rollouts', 'leave out the policies walking')
    .option(
      '--rollout-limit <MB>',
      `megabytes that recorded policies may take of the page (default: ${DEFAULT_LIMIT})`,
      wholeNumber(1),
    )
    .option('--no-png', 'leave out the figures as PNG files')
    .option('--live', 'write nothing, serve the page on this computer and renew it while runs go on')
    .option('--port <n>', 'with --live: port of the page (default: a free one)', wholeNumber(1))
    .option('--json', 'print what was written, or the address, as JSON')
    .addHelpText('after', '\nHow to read the report: docs/report.md.')
    .action(async (given: string[], flags: ReportFlags) => {
      checkFlags(flags);
      const sources = await openSources(given, flags.runs);
      await (flags.live ? serve(sources, flags) : write(sources, flags));
    });
}

/** @throws InvalidInputError for options that belong to the other way of using it */
function checkFlags({ live, out, rolloutLimit, port }: ReportFlags): void {
  const wrong = live
    ? [out !== undefined && '--out', rolloutLimit !== undefined && '--rollout-limit']
    : [port !== undefined && '--port'];
  const option = wrong.find((each) => each !== false);
  if (option !== undefined) {
    throw new InvalidInputError(
      live
        ? `${option} does nothing with --live, which writes no files and records no policies; leave one of them out.`
        : `${option} belongs to --live; give that too, or leave it out.`,
    );
  }
  checkPort(port);
}

async function write(sources: ReportSources, flags: ReportFlags): Promise<void> {
  const { out = DEFAULT_OUT, idle, rollouts, rolloutLimit = DEFAULT_LIMIT, png, json } = flags;
  const inputs = await sources.read();
  const written = await writeReport({
    ...inputs,
    references: idle ? await measureDoingNothing(inputs.runs.map(({ folder }) => folder)) : {},
    rollouts: rollouts && 1e6 * rolloutLimit,
    ...{ out, png },
    onProgress: (words) => say(`Making ${words}`),
  });
  if (json) printJson(written);
  else process.stdout.write(`Report: ${written.index} (${formatNumber(written.bytes / 1e6)} MB)\n`);
}

/** Serves the page until Ctrl-C. */
async function serve(sources: ReportSources, { idle, port, json }: ReportFlags): Promise<void> {
  const controller = new AbortController();
  const stopped = untilStopped();
  const { runs } = await sources.read();
  const references = idle ? await measureDoingNothing(runs.map(({ folder }) => folder)) : {};
  const files = new Map<string, ServedFile>();
  let server: Awaited<ReturnType<typeof serveLocally>> | undefined;
  const kept = keepLive(files, {
    ...{ references, signal: controller.signal },
    read: () => sources.read(),
    folders: () => sources.folders(),
    onProblem: say,
    async onFirst() {
      server = await serveLocally(files, port);
      if (json) printJson({ url: server.url });
      else process.stdout.write(`Report at ${server.url} (Ctrl-C stops it)\n`);
    },
  });
  await Promise.race([stopped, kept]);
  controller.abort();
  await kept;
  await server?.close();
}

/** What a zero action earns in the environment of each run; not of a robot of which nothing is left. */
async function measureDoingNothing(folders: readonly string[]): Promise<References> {
  const sources = new Map<string, EnvSource | undefined>();
  const manifests = [];
  for (const folder of folders) manifests.push((await readRun(folder)).manifest);
  for (const [i, env] of envLabels(manifests).entries()) {
    const manifest = manifests[i]!;
    if (sources.get(env)) continue;
    sources.set(env, manifest.robot ? await readRobot(folders[i]!, manifest) : env);
  }
  const references: Record<string, References[string]> = {};
  for (const [env, source] of sources) {
    if (source === undefined) continue;
    say(`Measuring what doing nothing earns in ${env} (${IDLE_EPISODES} episodes)`);
    const { mean } = await evaluateDoingNothing(source, { episodes: IDLE_EPISODES });
    references[env] = [
      {
        label: 'doing nothing',
        note: `mean of ${IDLE_EPISODES} episodes with a zero action`,
        value: mean,
      },
    ];
  }
  return references;
}
