import { add, mul, reshape, ShapeError, slice, softmax, type Tensor } from '@mikt/graph';
import { filled } from './initialisers.js';
import { Mlp, type MlpResult, type MlpSizes } from './mlp.js';
import type { ParameterSpec, Parameters } from './parameters.js';

/** First logits of a layer's mixing weights, as the authors' code sets them. */
const STUDENT_LOGIT = -0.1;
const TEACHER_LOGIT = 0.01;

export interface LateralResult extends MlpResult {
  /** Logits of the mixing weights of each hidden layer, student first. [1 + teachers] */
  readonly mixingLogits: readonly Tensor[];
}

/**
 * A student network with lateral connections (MIKT, Section 3.1): in every hidden layer its pre-activation is
 * mixed with those of frozen teachers,
 *
 *     h^j = tanh(p^j z^j + Σ_k p_k^j z_k^j)                                     (Equation 2, for one teacher p_1 = 1 − p)
 *
 * where the weights of a layer are a softmax over [student, teacher 1, …]. Without its mixing weights it is the
 * plain MLP `student`, whose parameters have the same names.
 */
export class LateralMlp {
  readonly student: Mlp;
  readonly specs: readonly ParameterSpec[];

  /** @param teachers number of teachers that feed it */
  constructor(name: string, sizes: MlpSizes, outputGain: number, teachers: number) {
    this.student = new Mlp(name, sizes, outputGain);
    const logits = [STUDENT_LOGIT, ...Array<number>(teachers).fill(TEACHER_LOGIT)];
    this.specs = [
      ...this.student.specs,
      ...sizes.hidden.map((_, j) => ({
        name: this.#mixingName(j),
        shape: [1 + teachers],
        initialise: filled(logits),
      })),
    ];
  }

  /**
   * @param x [B, inputs]
   * @param teachers of each teacher, its hidden layers' pre-activations. [B, hidden[j]]
   */
  forward(parameters: Parameters, x: Tensor, teachers: readonly (readonly Tensor[])[]): LateralResult {
    const mixingLogits = this.mixingLogits(parameters);
    const result = this.student.forward(parameters, x, (z, j) => {
      const weights = softmax(mixingLogits[j]!);
      const sources = [z, ...teachers.map((layers) => this.#check(layers, j))];
      return sources
        .map((source, k) => mul(reshape(slice(weights, [k], [1]), []), source))
        .reduce((mixed, part) => add(mixed, part));
    });
    return { ...result, mixingLogits };
  }

  /** Logits of the mixing weights of each hidden layer, student first. [1 + teachers] each */
  mixingLogits(parameters: Parameters): Tensor[] {
    return this.student.sizes.hidden.map((_, j) => parameters.get(this.#mixingName(j)));
  }

  #check(layers: readonly Tensor[], j: number): Tensor {
    const width = this.student.sizes.hidden[j]!;
    const layer = layers[j];
    if (!layer || layer.shape[1] !== width || layers.length !== this.student.sizes.hidden.length) {
      throw new ShapeError(
        `lateral connection ${j + 1} of ${this.student.name}`,
        'teacher and student need the same hidden layers',
        layers.map(({ shape }) => shape[1]!),
        this.student.sizes.hidden,
      );
    }
    return layer;
  }

  #mixingName(j: number): string {
    return `${this.student.name}/mixing${j + 1}`;
  }
}
