import { InvalidInputError } from '@mikt/core';

/** The queue's package: not installed with the command, and loaded only where it is asked for. */
export type QueuePackage = typeof import('@mikt/queue');

/** @throws InvalidInputError where it is not installed */
export async function loadQueue(): Promise<QueuePackage> {
  try {
    return await import('@mikt/queue');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new InvalidInputError(
      'studies over many machines need the package @mikt/queue; install it with npm install @mikt/queue.',
      { cause },
    );
  }
}
