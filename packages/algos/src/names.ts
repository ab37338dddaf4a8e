import { InvalidInputError } from '@mikt/core';
import type { Teacher } from './teacher.js';

/** Who asks for a match of names, for the error: an option, for what of a teacher. */
export interface MatchRequest {
  readonly option: string;
  readonly what: 'observations' | 'actions';
  readonly teacher: Pick<Teacher, 'source'>;
}

/**
 * For each of `wanted`, the index of the same name in `among`; undefined where it is not there.
 * @throws InvalidInputError where no name is in common, or names are not known
 */
export function matchNames(
  wanted: readonly string[] = [],
  among: readonly string[] = [],
  { option, what, teacher }: MatchRequest,
): (number | undefined)[] {
  const matches = wanted.map((name) => {
    const index = among.indexOf(name);
    return index < 0 ? undefined : index;
  });
  if (matches.some((match) => match !== undefined)) return matches;
  throw new InvalidInputError(
    `${option}=matched needs ${what} with names in common; ${teacher.source} and the student's environment have none.`,
  );
}
