import {
  add,
  matmul,
  mul,
  reshape,
  ShapeError,
  slice,
  softmax,
  stopGradient,
  type Tensor,
  tanh,
} from '@mikt/graph';
import { filled, orthogonal } from './initialisers.js';
import { Mlp, type MlpResult, type MlpSizes } from './mlp.js';
import type { ParameterSpec, Parameters } from './parameters.js';

/** First logits of a layer's mixing weights, as the authors' code sets them. */
const STUDENT_LOGIT = -0.1;
const TEACHER_LOGIT = 0.01;

/** First logits of a layer: the authors', or those that give the student a weight and share the rest equally. */
function firstLogits(teachers: number, studentWeight: number | null): number[] {
  const [student, teacher] =
    studentWeight === null
      ? [STUDENT_LOGIT, TEACHER_LOGIT]
      : [Math.log(studentWeight), Math.log((1 - studentWeight) / teachers)];
  return [student, ...Array<number>(teachers).fill(teacher)];
}

/** A teacher's network as a source of lateral connections. */
export interface LateralSource {
  /** Units of its hidden layers. */
  readonly hidden: readonly number[];
  /** For each hidden layer of the student, which of its own feeds it, counted from 0; undefined: none. */
  readonly feeds: readonly (number | undefined)[];
  /** Whether a learned matrix transforms all of its layers, or only those whose width is not the student's. */
  readonly matrices: 'all' | 'bridges';
}

export interface LateralResult extends MlpResult {
  /**
   * Logits of the mixing weights of each hidden layer that a teacher feeds: the student first, then the teachers
   * that feed it. [1 + teachers] each
   */
  readonly mixingLogits: readonly Tensor[];
  /** What each of these layers is, and what the student alone makes of it. */
  readonly features: readonly Feature[];
}

/** A mixed hidden layer's pre-activation, constant, and the student's own at the same input. [B, hidden[j]] each */
export interface Feature {
  readonly own: Tensor;
  readonly mixed: Tensor;
}

/** A hidden layer of the student in which teachers are mixed, both counted from 0. */
export interface MixedLayer {
  readonly layer: number;
  /** The teachers that feed it, in their order. */
  readonly teachers: readonly number[];
}

/** Layers feed those at the same relative depth: the same ones where both networks have equally many. */
export function feedsByDepth(student: number, teacher: number): number[] {
  return Array.from({ length: student }, (_, j) =>
    Math.max(0, Math.round(((j + 1) * teacher) / student) - 1),
  );
}

/** The hidden layers of a student that some of the sources feed. @param hidden units of the student's */
export function mixedLayers(
  hidden: readonly number[],
  sources: readonly Pick<LateralSource, 'feeds'>[],
): MixedLayer[] {
  return hidden.flatMap((_, layer) => {
    const teachers = [...sources.keys()].filter((k) => sources[k]!.feeds[layer] !== undefined);
    return teachers.length > 0 ? [{ layer, teachers }] : [];
  });
}

/**
 * A student network with lateral connections (MIKT, Section 3.1): in every hidden layer its pre-activation is
 * mixed with those of frozen teachers,
 *
 *     h^j = tanh(p^j z^j + Σ_k p_k^j z_k^j)                                     (Equation 2, for one teacher p_1 = 1 − p)
 *
 * where the weights of a layer are a softmax over [student, teacher 1, …]. A teacher's layer of another width is
 * bridged by a learned matrix without bias. Without mixing weights and matrices it is the plain MLP `student`, whose
 * parameters have the same names.
 */
export class LateralMlp {
  readonly student: Mlp;
  readonly specs: readonly ParameterSpec[];
  /** The hidden layers that have mixing weights. */
  readonly mixed: readonly MixedLayer[];
  readonly #sources: readonly LateralSource[];

  /**
   * @param studentWeight first weight on the student in every mixed layer, within (0, 1); null: the authors' logits
   * @throws ShapeError where a source feeds from a layer that it does not have, or not each layer is spoken for
   */
  constructor(
    name: string,
    sizes: MlpSizes,
    outputGain: number,
    sources: readonly LateralSource[],
    studentWeight: number | null = null,
  ) {
    this.student = new Mlp(name, sizes, outputGain);
    this.#sources = sources;
    for (const { hidden, feeds } of sources) {
      if (feeds.length !== sizes.hidden.length || feeds.some((from) => from !== undefined && !hidden[from])) {
        throw new ShapeError(
          `lateral connections of ${name}`,
          `every hidden layer of the student needs a layer of the teacher, 1 to ${hidden.length}, or none`,
          feeds.map((from) => (from ?? -1) + 1),
          sizes.hidden,
        );
      }
    }
    this.mixed = mixedLayers(sizes.hidden, sources);
    this.specs = [
      ...this.student.specs,
      ...this.mixed.map(({ layer, teachers }) => ({
        name: this.#mixingName(layer),
        shape: [1 + teachers.length],
        initialise: filled(firstLogits(teachers.length, studentWeight)),
      })),
      ...this.mixed.flatMap(({ layer, teachers }) =>
        teachers
          .filter((k) => this.#hasMatrix(k, layer))
          .map((k) => ({
            name: this.#matrixName(k, layer),
            shape: [this.#sourceWidth(k, layer), sizes.hidden[layer]!],
            initialise: orthogonal(1),
          })),
      ),
    ];
  }

  /**
   * @param x [B, inputs]
   * @param teachers of each source, its hidden layers' pre-activations. [B, hidden[j]]
   */
  forward(parameters: Parameters, x: Tensor, teachers: readonly (readonly Tensor[])[]): LateralResult {
    const result = this.student.forward(parameters, x, (z, j) => {
      const mixed = this.mixed.find(({ layer }) => layer === j);
      if (!mixed) return z;
      const weights = softmax(parameters.get(this.#mixingName(j)));
      const lent = mixed.teachers.map((k) => this.#lend(parameters, k, j, teachers[k]!));
      return [z, ...lent]
        .map((source, k) => mul(reshape(slice(weights, [k], [1]), []), source))
        .reduce((sum, part) => add(sum, part));
    });
    return {
      ...result,
      mixingLogits: this.mixingLogits(parameters),
      features: this.mixed.map(({ layer }) => this.#feature(parameters, x, result.preActivations, layer)),
    };
  }

  /** The gradient of `own` reaches the weights of this layer alone. */
  #feature(parameters: Parameters, x: Tensor, mixed: readonly Tensor[], layer: number): Feature {
    const below = layer === 0 ? x : tanh(mixed[layer - 1]!);
    return {
      own: this.student.preActivation(parameters, layer, stopGradient(below)),
      mixed: stopGradient(mixed[layer]!),
    };
  }

  /** Logits of the mixing weights of each layer in `mixed`, student first. [1 + teachers] each */
  mixingLogits(parameters: Parameters): Tensor[] {
    return this.mixed.map(({ layer }) => parameters.get(this.#mixingName(layer)));
  }

  /** What teacher k gives to the student's layer j. [B, hidden[j]] */
  #lend(parameters: Parameters, k: number, j: number, layers: readonly Tensor[]): Tensor {
    const layer = layers[this.#sources[k]!.feeds[j]!]!;
    return this.#hasMatrix(k, j) ? matmul(layer, parameters.get(this.#matrixName(k, j))) : layer;
  }

  #hasMatrix(k: number, j: number): boolean {
    return this.#sources[k]!.matrices === 'all' || this.#sourceWidth(k, j) !== this.student.sizes.hidden[j];
  }

  #sourceWidth(k: number, j: number): number {
    const { hidden, feeds } = this.#sources[k]!;
    return hidden[feeds[j]!]!;
  }

  #mixingName(j: number): string {
    return `${this.student.name}/mixing${j + 1}`;
  }

  #matrixName(k: number, j: number): string {
    return `${this.student.name}/matrix${j + 1}/teacher${k + 1}`;
  }
}
