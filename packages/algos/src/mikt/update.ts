import { InvalidInputError } from '@mikt/core';
import type { Stage } from '../method.js';
import type { Teacher } from '../teacher.js';
import type { MiktConfig } from './config.js';
import { COUPLING_RISE } from './networks.js';

/** The first update of each phase's successor: the coupling rises after `rise`, the student is alone after `alone`. */
export function phaseEnds(config: Pick<MiktConfig, 'couplingStart' | 'couplingEnd'>, updates: number) {
  return {
    rise: Math.floor(config.couplingStart * updates),
    alone: Math.floor(config.couplingEnd * updates),
  };
}

/**
 * What an update of MIKT is: phase 1 without coupling, phase 2 with a coupling that rises linearly to its final
 * value, phase 3 the student alone.
 * @param update from 1
 * @param updates number of updates of the run
 */
export function miktStage(config: MiktConfig, update: number, updates: number): Stage {
  const { rise, alone } = phaseEnds(config, updates);
  if (update > alone) return { phase: 3, agent: 'student', coefficients: {}, metrics: {} };
  const share = update <= rise ? 0 : (update - rise) / (alone - rise);
  return {
    phase: update <= rise ? 1 : 2,
    agent: 'coupled',
    coefficients: { [COUPLING_RISE]: share },
    metrics: { coupling_coefficient: share * config.policyCouplingCoefficient },
  };
}

/** @throws InvalidInputError where the run is too short to have all three phases, or they are out of order */
export function checkPhases(config: MiktConfig, updates: number): void {
  if (config.couplingStart > config.couplingEnd) {
    throw new InvalidInputError(
      `couplingStart (${config.couplingStart}) must not lie after couplingEnd (${config.couplingEnd}).`,
    );
  }
  const { alone } = phaseEnds(config, updates);
  if (alone < 1) {
    throw new InvalidInputError(
      `the run has ${updates} learning updates, too few for the teacher to be used in any of them: ` +
        `MIKT needs at least ${Math.ceil(1 / Math.max(config.couplingEnd, 1e-9))}; give more --steps.`,
    );
  }
}

/** @throws InvalidInputError where a teacher's hidden layers are not those of the student they are to be mixed into */
export function checkMiktTeachers(config: MiktConfig, teachers: readonly Teacher[]): void {
  for (const { source, sizes } of teachers) {
    for (const key of ['policyHidden', 'valueHidden'] as const) {
      if (sizes[key].join() !== config[key].join()) {
        throw new InvalidInputError(
          `${key}: the student's hidden layers must be the teacher's, got [${config[key].join(', ')}] where ` +
            `${source} has [${sizes[key].join(', ')}].`,
        );
      }
    }
  }
}
