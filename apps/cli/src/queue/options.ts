import { parseNumber } from '@mikt/core';
import { InvalidArgumentError, Option } from 'commander';

/** How long somebody waits for a server or a store that does not answer, in seconds. */
export const DEFAULT_PATIENCE = 300;

/** What `--queue` gives: true where it stands alone, and the environment says the address. */
export type QueueFlag = string | true;

export function addressOf(flag: QueueFlag | undefined): string | undefined {
  return flag === true ? undefined : flag;
}

export function patienceOption(): Option {
  return new Option(
    '--patience <seconds>',
    `how long to wait for a queue or a store that does not answer (default: ${DEFAULT_PATIENCE})`,
  ).argParser(secondsFrom(1));
}

/** A number of seconds, at least `minimum`. For commander's options. */
export function secondsFrom(minimum: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value === undefined || !Number.isFinite(value) || value < minimum) {
      throw new InvalidArgumentError(`It takes a number of seconds from ${minimum}.`);
    }
    return value;
  };
}
