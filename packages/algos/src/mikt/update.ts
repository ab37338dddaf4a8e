import { InvalidInputError } from '@mikt/core';
import type { Situation, Stage } from '../method.js';
import type { Teacher } from '../teacher.js';
import { checkNormaliserStart, checkSameLayers } from '../teacher-start.js';
import type { MiktConfig } from './config.js';
import { COUPLING_RISE } from './networks.js';

/** The last update of phases 1 and 2: the coupling rises after `rise`, the student is to be alone after `alone`. */
function phaseEnds(config: Pick<MiktConfig, 'couplingStart' | 'couplingEnd'>, updates: number) {
  return {
    rise: Math.floor(config.couplingStart * updates),
    alone: Math.floor(config.couplingEnd * updates),
  };
}

/**
 * What an update of MIKT is: phase 1 without coupling, phase 2 with a coupling that rises linearly to its final
 * value, phase 3 the student alone. Phase 3 waits, with the coupling at its full strength, while a mixing weight is
 * below the threshold: a policy that still leans on its teacher loses what it borrowed. A student that is alone stays
 * alone, also where more updates put the run back into an earlier phase.
 * @param update from 1
 * @param updates number of updates of the run
 */
export function miktStage(
  config: MiktConfig,
  update: number,
  updates: number,
  situation: Situation = { agent: 'coupled', metrics: {} },
): Stage {
  const { rise, alone } = phaseEnds(config, updates);
  const [lowest, weight] = lowestMixingWeight(situation.metrics);
  const mustWait = situation.agent === 'coupled' && weight < config.handOverThreshold;
  if (situation.agent === 'student' || (update > alone && !mustWait))
    return { phase: 3, agent: 'student', coefficients: {}, metrics: { phase: 3 } };
  const share = update <= rise ? 0 : Math.min(1, (update - rise) / (alone - rise));
  const phase = update <= rise ? 1 : 2;
  const reason = `${lowest} is ${weight.toFixed(3)}, below handOverThreshold (${config.handOverThreshold})`;
  const notice =
    update === updates
      ? `The run ends without a hand-over: ${reason}; its policy needs its teacher to act.`
      : `The hand-over waits: ${reason}; the coupling goes on at its full strength.`;
  return {
    phase,
    agent: 'coupled',
    coefficients: { [COUPLING_RISE]: share },
    metrics: { phase, coupling_coefficient: share * config.policyCouplingCoefficient },
    ...(update > alone ? { notice } : {}),
  };
}

/** What becomes of the phases of a run that was planned for `done` updates and now is for `updates`. */
export function describeMiktContinuation(
  config: MiktConfig,
  agent: string,
  done: number,
  updates: number,
): string {
  if (agent === 'student') return 'The student is alone and stays alone: it does not take its teacher back.';
  const { rise, alone } = phaseEnds(config, updates);
  if (done >= alone) {
    return 'The student still has its teacher; it is left alone as soon as its mixing weights allow it.';
  }
  const { metrics } = miktStage(config, done + 1, updates);
  return (
    `The student still has its teacher, and its phases are now those of ${updates} updates: the coupling coefficient ` +
    `goes back to ${Number(metrics.coupling_coefficient!.toPrecision(3))}, rises from update ${Math.max(rise, done) + 1} on, ` +
    (alone < updates ? `and the student is to be alone after update ${alone}.` : 'and stays to the end.')
  );
}

/** The lowest weight on the student, over the layers of both networks; 1 where nothing is mixed. */
function lowestMixingWeight(metrics: Readonly<Record<string, number>>): [column: string, weight: number] {
  return Object.entries(metrics)
    .filter(([name]) => /^mixing\/(policy|value)\/\d+$/.test(name))
    .reduce((lowest, entry) => (entry[1] < lowest[1] ? entry : lowest), ['', 1]);
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
      `the run has ${updates} learning update${updates === 1 ? '' : 's'}, too few for the teacher to be used in any of them: ` +
        `MIKT needs at least ${Math.ceil(1 / Math.max(config.couplingEnd, 1e-9))}; give it more steps.`,
    );
  }
}

/** @throws InvalidInputError where the configuration names layers that the student or a teacher does not have */
export function checkMiktTeachers(config: MiktConfig, teachers: readonly Teacher[]): void {
  if (config.studentStart === 'matched') checkSameLayers(config, teachers[0]!, 'studentStart=matched');
  checkNormaliserStart(config, teachers);
  for (const network of ['policy', 'value'] as const) {
    const feeds = config[`${network}Feeds`];
    const hidden = config[`${network}Hidden`];
    if (feeds.length > 0 && feeds.length !== hidden.length) {
      throw new InvalidInputError(
        `${network}Feeds: expected one entry for each of the student's ${hidden.length} hidden layers, got ` +
          `[${feeds.join(', ')}].`,
      );
    }
    for (const { source, sizes } of teachers) {
      const layers = sizes[`${network}Hidden`].length;
      const wrong = feeds.find((from) => from > layers);
      if (wrong !== undefined) {
        throw new InvalidInputError(
          `${network}Feeds: expected layers from 1 to ${layers} of ${source}, or 0 for none, got ${wrong}.`,
        );
      }
    }
  }
}
