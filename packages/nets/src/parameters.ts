import { MiktError, type Rng } from '@mikt/core';
import { concat, gradients, reshape, type Shape, sizeOf, slice, type Tensor } from '@mikt/graph';
import type { Initialiser } from './initialisers.js';

/** A trainable tensor: its name, its shape, and how its values start. */
export interface ParameterSpec {
  /** A path such as `policy/hidden1/weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initialise: Initialiser;
}

/** The values of parameters by name, row-major. */
export type ParameterValues = Readonly<
  Record<string, { readonly shape: Shape; readonly data: Float32Array }>
>;

/**
 * The places of parameters in one flat vector. An optimiser sees a single vector, engines need no copies to reach
 * a part of it, and threads can share it.
 */
export class ParameterLayout {
  readonly specs: readonly ParameterSpec[];
  /** Entries of the flat vector. */
  readonly size: number;
  readonly #offsets = new Map<string, number>();

  constructor(specs: readonly ParameterSpec[]) {
    let size = 0;
    for (const { name, shape } of specs) {
      if (this.#offsets.has(name))
        throw new MiktError('parameters', `there are two parameters called "${name}".`);
      this.#offsets.set(name, size);
      size += sizeOf(shape);
    }
    this.specs = specs;
    this.size = size;
  }

  /** First values. Each parameter draws from its own fork, so adding one leaves the others as they were. */
  initialise(rng: Rng): Float32Array {
    const flat = new Float32Array(this.size);
    for (const { name, shape, initialise } of this.specs)
      flat.set(initialise(shape, rng.fork(name)), this.offset(name));
    return flat;
  }

  /** The parameters as tensors that are parts of `flat`. [size] */
  bind(flat: Tensor): Parameters {
    return new Parameters(this, flat);
  }

  /** Position of a parameter's first entry in the flat vector. */
  offset(name: string): number {
    const offset = this.#offsets.get(name);
    if (offset === undefined) throw new MiktError('parameters', `there is no parameter "${name}".`);
    return offset;
  }

  has(name: string): boolean {
    return this.#offsets.has(name);
  }

  /** The flat vector cut into named copies. */
  unpack(flat: ArrayLike<number>): ParameterValues {
    const all = Float32Array.from(flat);
    return Object.fromEntries(
      this.specs.map(({ name, shape }) => {
        const begin = this.offset(name);
        return [name, { shape, data: all.slice(begin, begin + sizeOf(shape)) }];
      }),
    );
  }

  /**
   * Named values put together into the flat vector; names that the layout lacks are left out.
   * @throws MiktError naming the first parameter that is missing or of another shape
   */
  pack(values: ParameterValues): Float32Array {
    const flat = new Float32Array(this.size);
    for (const { name, shape } of this.specs) {
      const value = values[name];
      if (!value) throw new MiktError('parameters', `parameter "${name}" [${shape.join(', ')}] is missing.`);
      if (value.shape.join() !== shape.join() || value.data.length !== sizeOf(shape)) {
        throw new MiktError(
          'parameters',
          `parameter "${name}" has shape [${value.shape.join(', ')}] where [${shape.join(', ')}] is needed.`,
        );
      }
      flat.set(value.data, this.offset(name));
    }
    return flat;
  }
}

/** Parameters as tensors of a graph. */
export class Parameters {
  readonly layout: ParameterLayout;
  readonly #flat: Tensor;
  readonly #tensors = new Map<string, Tensor>();

  constructor(layout: ParameterLayout, flat: Tensor) {
    this.layout = layout;
    this.#flat = flat;
  }

  get(name: string): Tensor {
    let tensor = this.#tensors.get(name);
    if (!tensor) {
      const shape = this.layout.specs.find((spec) => spec.name === name)?.shape ?? [];
      tensor = reshape(slice(this.#flat, [this.layout.offset(name)], [sizeOf(shape)]), shape);
      this.#tensors.set(name, tensor);
    }
    return tensor;
  }

  /** Gradient of a scalar with respect to all parameters, as one vector. [layout.size] */
  gradient(loss: Tensor): Tensor {
    const parts = gradients(
      loss,
      this.layout.specs.map(({ name }) => this.get(name)),
    );
    return concat(parts.map((part) => reshape(part, [sizeOf(part.shape)])));
  }
}
