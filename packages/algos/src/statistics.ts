import type { Variables } from '@mikt/graph';
import { type MomentsState, RunningMoments } from '@mikt/nets';
import type { RunConfig } from './config.js';
import { findNonFinite, NonFiniteError } from './non-finite.js';
import type { Rollout } from './rollout.js';

type StatisticsConfig = Pick<RunConfig, 'envs' | 'stepsPerUpdate' | 'normaliseObservations'>;

/** The running statistics that normalise observations and rewards. They are merged in a fixed order. */
export class Statistics {
  readonly observations: RunningMoments;
  /** Of the discounted return, whose deviation divides rewards. */
  readonly returns = new RunningMoments(1);
  readonly #config: StatisticsConfig;

  /** @param observation entries of an observation */
  constructor(config: StatisticsConfig, observation: number) {
    this.#config = config;
    this.observations = new RunningMoments(observation);
  }

  /** The transitions of an update, environment by environment. */
  mergeUpdate({ rawObservations, discountedReturns }: Rollout): void {
    const { envs, stepsPerUpdate, normaliseObservations } = this.#config;
    const length = stepsPerUpdate / envs;
    const size = this.observations.mean.length;
    for (let env = 0; env < envs; env++) {
      const [begin, end] = [env * length, (env + 1) * length];
      if (normaliseObservations) this.observations.merge(rawObservations.subarray(begin * size, end * size));
      this.returns.merge(discountedReturns.subarray(begin, end));
    }
  }

  /**
   * One step of all environments, as Baselines merges it.
   * @param t step within the update
   * @param observations what the environments show after it [N, O]
   */
  mergeStep({ discountedReturns }: Rollout, t: number, observations: Float64Array): void {
    const { envs, stepsPerUpdate, normaliseObservations } = this.#config;
    if (normaliseObservations) this.observations.merge(observations);
    const rows = Array.from({ length: envs }, (_, env) => env * (stepsPerUpdate / envs) + t);
    this.returns.merge(rows.map((row) => discountedReturns[row]!));
  }

  /** Sets the variables by which observations are normalised. */
  writeTo(variables: Variables): void {
    variables.write('observationMean', this.observations.mean);
    variables.write('observationVariance', this.observations.variance);
  }

  /** @throws NonFiniteError for the first statistic that is not finite */
  check(): void {
    const moments = { 'of observation': this.observations, 'of the discounted return': this.returns };
    for (const [of, { mean, variance }] of Object.entries(moments)) {
      for (const [name, values] of Object.entries({ mean, variance })) {
        const at = findNonFinite(values);
        if (at < 0) continue;
        const what = `the normaliser's ${name} ${of}${values.length > 1 ? ` ${at}` : ''}`;
        throw new NonFiniteError({ kind: 'state', what, value: values[at]! });
      }
    }
  }

  state(): { observationMoments: MomentsState; returnMoments: MomentsState } {
    return { observationMoments: this.observations.state(), returnMoments: this.returns.state() };
  }

  restore(state: { readonly observationMoments: MomentsState; readonly returnMoments: MomentsState }): void {
    this.observations.restore(state.observationMoments);
    this.returns.restore(state.returnMoments);
  }
}
