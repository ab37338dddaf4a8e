import { InvalidInputError } from '@mikt/core';
import { createEngine } from '@mikt/graph';
import { watchFiles } from '@mikt/report';
import { Command } from 'commander';
import { bestOption } from '../checkpoint-source.js';
import { checkPort, serveLocally } from '../local-server.js';
import { collect, printJson, say, wholeNumber } from '../options.js';
import { untilStopped } from '../stop-signals.js';
import { openInBrowser } from '../watch/open-browser.js';
import { watchedPolicies } from '../watch/policies.js';
import { type RecordFlags, record } from '../watch/record.js';

interface WatchFlags extends RecordFlags {
  readonly teacher?: readonly string[];
  readonly port?: number;
  readonly open?: boolean;
  readonly record?: string;
}

export function watchCommand(): Command {
  return new Command('watch')
    .description('see a trained policy act: in a local page, or recorded to a file')
    .argument('<checkpoint>', 'checkpoint or policy file, run folder (its last checkpoint), or zoo:<name>')
    .addOption(bestOption())
    .option('--teacher <checkpoint>', 'a policy to show beside it; may be repeated', collect)
    .option('--seed <n>', 'seed of the episodes, which are those of mikt eval', wholeNumber(0), 0)
    .option('--sample', "sample from the policy's Gaussian instead of taking its mean")
    .option('--port <n>', 'port of the page (default: a free one)', wholeNumber(0))
    .option('--open', 'open the page in the browser')
    .option('--no-open', 'only print its address (the default)')
    .option('--record <file>', 'write a recording instead: <name>.json, .gif, or .mp4 with ffmpeg')
    .option('--episodes <n>', 'of the recording: number of episodes (default: 1)', wholeNumber(1))
    .option('--steps <n>', 'of the recording: steps of an episode at most', wholeNumber(1))
    .option('--frame-every <n>', 'of the recording: steps from one frame to the next', wholeNumber(1))
    .option('--force', 'replace the recording if it is there already')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe page, its keys, and what a recording holds: docs/watch.md.')
    .action(async (given: string, flags: WatchFlags) => {
      checkFlags(flags);
      if (flags.record === undefined) await watch(given, flags);
      else await record(given, flags.record, flags);
    });
}

/** @throws InvalidInputError for options of the page with a recording, or the other way round */
function checkFlags(flags: WatchFlags): void {
  const given = (names: readonly (keyof WatchFlags)[]) => names.find((name) => flags[name] !== undefined);
  const isRecording = flags.record !== undefined;
  const wrong = given(
    isRecording ? ['teacher', 'port', 'open'] : ['episodes', 'steps', 'frameEvery', 'force'],
  );
  if (wrong !== undefined) {
    const option = `--${wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new InvalidInputError(
      isRecording
        ? `${option} belongs to the page and does nothing with --record; leave one of them out.`
        : `${option} belongs to a recording; give --record <file> with it, or leave it out.`,
    );
  }
  checkPort(flags.port);
}

/** Serves the page until Ctrl-C. */
async function watch(
  given: string,
  { teacher, seed, best, sample = false, port, open, json }: WatchFlags,
): Promise<void> {
  const engine = await createEngine('wasm');
  const policies = await watchedPolicies(given, teacher, engine, best).finally(() => engine.dispose());
  const { url, close } = await serveLocally(watchFiles({ policies, seed, sample }), port);
  const stopped = untilStopped();
  if (json) printJson({ url, policies: policies.map(({ role, source, env }) => ({ role, source, env })) });
  else {
    for (const { role, source, env } of policies) say(`${role}: ${env} (${source})`);
    process.stdout.write(`Watch at ${url} (Ctrl-C stops it)\n`);
  }
  if (open) openInBrowser(url);
  await stopped;
  await close();
}
