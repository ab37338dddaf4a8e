import { type EnvSpaces, InvalidInputError } from '@mikt/core';
import type { ParameterValues } from '@mikt/nets';
import { matchNames } from '../names.js';
import type { Teacher } from '../teacher.js';
import { teacherValues } from './branch.js';
import type { MiktConfig } from './config.js';

/**
 * First values in which the student's output layer and standard deviation are the first teacher's for every action
 * that drives a joint of the same name; the other actions keep theirs. A deviation from the paper, which assumes that
 * nothing is known of how the two robots correspond.
 * @throws InvalidInputError where no action has a name in common, or the last hidden layers differ in width
 */
export function matchActions(
  values: ParameterValues,
  config: MiktConfig & { readonly seed: number },
  spaces: EnvSpaces,
  teachers: readonly Teacher[],
): ParameterValues {
  const [teacher] = teachers as [Teacher];
  const matches = matchNames(spaces.action.names, teacher.actionNames);
  if (matches.every((match) => match === undefined)) {
    throw new InvalidInputError(
      `actionStart=matched needs actions with names in common; ${teacher.source} and the student's environment have none.`,
    );
  }
  const width = config.policyHidden.at(-1)!;
  const given = teacher.sizes.policyHidden.at(-1)!;
  if (width !== given) {
    throw new InvalidInputError(
      `actionStart=matched needs a last hidden layer of the teacher's width, ${given} in ${teacher.source}; ` +
        `policyHidden ends with ${width}.`,
    );
  }
  const from = teacherValues(config, teacher, 0);
  const copyColumns = (name: string) => {
    const { shape, data } = values[name]!;
    const [columns, given] = [shape.at(-1)!, from[name]!.shape.at(-1)!];
    const copied = data.map((value, i) => {
      const match = matches[i % columns];
      return match === undefined ? value : from[name]!.data[Math.floor(i / columns) * given + match]!;
    });
    return [name, { shape, data: copied }] as const;
  };
  const names = ['policy/output/weight', 'policy/output/bias', 'policy/logStandardDeviation'];
  return { ...values, ...Object.fromEntries(names.map(copyColumns)) };
}
