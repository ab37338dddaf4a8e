import { type Engine, input, type Shape, type Variables, variable } from '@mikt/graph';
import { gaussianLogProbability, type NormaliserConstants, normalise, sampleGaussian } from '@mikt/nets';
import type { Agent } from './agent.js';

/** Forward passes of an agent for a fixed number of observations. */
export interface ActProgram {
  /** Raw observations. [N, O] */
  readonly observations: Float32Array;
  /** Standard normal noise. [N, A] */
  readonly noise: Float32Array;
  readonly outputs: {
    /** [N, O] */
    readonly normalised: Float32Array;
    /** [N, A] */
    readonly actions: Float32Array;
    /** Mean of the Gaussian: the action without noise. [N, A] */
    readonly means: Float32Array;
    /** [N] */
    readonly logProbabilities: Float32Array;
    /** [N] */
    readonly values: Float32Array;
  };
  run(): void;
  dispose(): void;
}

/** The variables that an agent acts on, by name: its parameters, the normaliser's statistics, what is frozen. */
export function actShapes(
  { layout, frozen }: Pick<Agent, 'layout' | 'frozen'>,
  observation: number,
): Record<string, Shape> {
  return {
    parameters: [layout.size],
    observationMean: [observation],
    observationVariance: [observation],
    ...Object.fromEntries(Object.entries(frozen).map(([name, values]) => [name, [values.length]])),
  };
}

/**
 * Compiles an agent's forward pass.
 * @param variables of `actShapes`
 * @param rows observations per run
 * @param observation entries of an observation
 * @param action entries of an action
 * @param normaliser default: that of training
 */
export function compileAct(
  engine: Engine,
  agent: Pick<Agent, 'layout' | 'act'>,
  variables: Variables,
  rows: number,
  observation: number,
  action: number,
  normaliser?: NormaliserConstants,
): ActProgram {
  const parameters = agent.layout.bind(variable('parameters', [agent.layout.size]));
  const normalised = normalise(
    input('observations', [rows, observation]),
    variable('observationMean', [observation]),
    variable('observationVariance', [observation]),
    normaliser,
  );
  const { mean, logStandardDeviation, value } = agent.act(parameters, normalised);
  const actions = sampleGaussian(mean, logStandardDeviation, input('noise', [rows, action]));
  const logProbabilities = gaussianLogProbability(mean, logStandardDeviation, actions);
  const program = engine.compile(
    { outputs: { normalised, actions, means: mean, logProbabilities, values: value } },
    variables,
  );
  return {
    observations: program.inputs.observations as Float32Array,
    noise: program.inputs.noise as Float32Array,
    outputs: program.outputs as ActProgram['outputs'],
    run: () => program.run(),
    dispose: () => program.dispose(),
  };
}
