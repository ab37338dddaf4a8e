import { add, matmul, type Tensor, tanh } from '@mikt/graph';
import { filled, orthogonal } from './initialisers.js';
import type { ParameterSpec, Parameters } from './parameters.js';

/** Gain of the orthogonal initialisation of hidden layers. */
export const HIDDEN_GAIN = Math.SQRT2;

export interface MlpSizes {
  readonly inputs: number;
  /** Units of each hidden layer, first to last. */
  readonly hidden: readonly number[];
  readonly outputs: number;
}

/** A result of a forward pass, with what lateral connections read. */
export interface MlpResult {
  /** [B, outputs] */
  readonly output: Tensor;
  /** z^j of each hidden layer, before its tanh. [B, hidden[j]] */
  readonly preActivations: readonly Tensor[];
}

/** A multilayer perceptron: tanh hidden layers and a linear output. */
export class Mlp {
  readonly name: string;
  readonly sizes: MlpSizes;
  readonly specs: readonly ParameterSpec[];
  /** Those of the hidden layers alone. */
  readonly hiddenSpecs: readonly ParameterSpec[];

  /** @param outputGain gain of the output layer's orthogonal initialisation */
  constructor(name: string, sizes: MlpSizes, outputGain: number) {
    this.name = name;
    this.sizes = sizes;
    const widths = [sizes.inputs, ...sizes.hidden];
    this.hiddenSpecs = sizes.hidden.flatMap((width, j) =>
      linear(this.hiddenName(j), widths[j]!, width, HIDDEN_GAIN),
    );
    this.specs = [
      ...this.hiddenSpecs,
      ...linear(`${name}/output`, widths.at(-1)!, sizes.outputs, outputGain),
    ];
  }

  /** Name of hidden layer j, counted from 0; parameters count from 1 as the paper does. */
  hiddenName(j: number): string {
    return `${this.name}/hidden${j + 1}`;
  }

  /**
   * @param x [B, inputs]
   * @param mix what becomes of a hidden layer's pre-activation z^j before its tanh (Equation 2 of MIKT mixes here)
   */
  forward(parameters: Parameters, x: Tensor, mix: (z: Tensor, j: number) => Tensor = (z) => z): MlpResult {
    const preActivations = this.preActivations(parameters, x, mix);
    const last = preActivations.at(-1);
    return {
      output: affine(parameters, `${this.name}/output`, last ? tanh(last) : x),
      preActivations,
    };
  }

  /** z^j of hidden layer j alone, counted from 0. @param h the layer's input [B, inputs or hidden[j - 1]] */
  preActivation(parameters: Parameters, j: number, h: Tensor): Tensor {
    return affine(parameters, this.hiddenName(j), h);
  }

  /** The hidden layers of `forward` alone. */
  preActivations(
    parameters: Parameters,
    x: Tensor,
    mix: (z: Tensor, j: number) => Tensor = (z) => z,
  ): Tensor[] {
    const preActivations: Tensor[] = [];
    let h = x;
    this.sizes.hidden.forEach((_, j) => {
      const z = mix(this.preActivation(parameters, j, h), j);
      preActivations.push(z);
      h = tanh(z);
    });
    return preActivations;
  }
}

function linear(name: string, inputs: number, outputs: number, gain: number): ParameterSpec[] {
  return [
    { name: `${name}/weight`, shape: [inputs, outputs], initialise: orthogonal(gain) },
    { name: `${name}/bias`, shape: [outputs], initialise: filled(0) },
  ];
}

function affine(parameters: Parameters, name: string, x: Tensor): Tensor {
  return add(matmul(x, parameters.get(`${name}/weight`)), parameters.get(`${name}/bias`));
}
