import { InvalidInputError, MiktError } from '@mikt/core';
import { fileError } from '@mikt/runs';
import { CommanderError } from 'commander';

/** Exit statuses: done, a file or a run failed, a flag, key, value or name was wrong, stopped by a signal. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Says what went wrong on standard error, in one sentence where mikt knows what it is. Returns the exit status. */
export function reportError(error: unknown): number {
  // Commander has printed its own sentence (or the help that was asked for).
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof MiktError) {
    process.stderr.write(`mikt: ${error.message}\n`);
    return error instanceof InvalidInputError ? EXIT.usage : EXIT.failed;
  }
  // A file that is not as it was a moment ago, or a path that no file system takes.
  if (isAboutFile(error)) return reportError(fileError(error.path, 'cannot be used', error));
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `mikt: something went wrong that mikt has no sentence for; please report it.\n${trace}\n`,
  );
  return EXIT.failed;
}

function isAboutFile(error: unknown): error is NodeJS.ErrnoException & { readonly path: string } {
  const { syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  return error instanceof Error && syscall !== undefined && path !== undefined;
}
