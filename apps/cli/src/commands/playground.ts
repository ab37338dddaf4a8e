import { InvalidInputError } from '@mikt/core';
import { ISOLATION_HEADERS, playgroundFiles, writePlayground } from '@mikt/report';
import { Command } from 'commander';
import { zooTeachers } from '../checkpoint-source.js';
import { checkPort, serveLocally } from '../local-server.js';
import { formatNumber, printJson, wholeNumber } from '../options.js';
import { untilStopped } from '../stop-signals.js';
import { openInBrowser } from '../watch/open-browser.js';

interface PlaygroundFlags {
  readonly port?: number;
  readonly open?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

export function playgroundCommand(): Command {
  return new Command('playground')
    .description('train in a page: pick a teacher and a robot, see the curve grow and the robot walk')
    .option('--port <n>', 'port of the page (default: a free one)', wholeNumber(0))
    .option('--open', 'open the page in the browser')
    .option('--out <folder>', 'write the page as static files instead, for any web server')
    .option('--json', 'print the address, or what was written, as JSON')
    .addHelpText('after', '\nThe page, and how to host it: docs/playground.md.')
    .action(async (flags: PlaygroundFlags) => {
      checkFlags(flags);
      if (flags.out === undefined) await serve(flags);
      else await write(flags.out, flags);
    });
}

/** @throws InvalidInputError for options of the server where files are written */
function checkFlags({ out, port, open }: PlaygroundFlags): void {
  if (out !== undefined && (port !== undefined || open !== undefined)) {
    const option = port === undefined ? '--open' : '--port';
    throw new InvalidInputError(
      `${option} does nothing with --out, which serves no page; leave one of them out.`,
    );
  }
  checkPort(port);
}

/** Serves the page until Ctrl-C. */
async function serve({ port, open, json }: PlaygroundFlags): Promise<void> {
  const files = new Map(
    [...playgroundFiles(zooTeachers())].map(([name, file]) => [
      name === 'index.html' ? '/' : `/${name}`,
      file,
    ]),
  );
  const { url, close } = await serveLocally(files, port, ISOLATION_HEADERS);
  const stopped = untilStopped();
  if (json) printJson({ url });
  else process.stdout.write(`Playground at ${url} (Ctrl-C stops it)\n`);
  if (open) openInBrowser(url);
  await stopped;
  await close();
}

async function write(out: string, { json }: PlaygroundFlags): Promise<void> {
  const written = await writePlayground(out, zooTeachers());
  if (json) printJson(written);
  else {
    const { index, files, bytes } = written;
    process.stdout.write(
      `Playground: ${index} (${files} files, ${formatNumber(bytes / 1e6)} MB). For more than one thread, serve it with ` +
        `the headers ${Object.entries(ISOLATION_HEADERS)
          .map(([name, value]) => `${name}: ${value}`)
          .join(' and ')}.\n`,
    );
  }
}
