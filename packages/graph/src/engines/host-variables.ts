import { type FloatArray, GraphError, type Variables } from '../program.js';
import { type Shape, sizeOf } from '../tensor.js';

/** Variables held in JavaScript's memory. */
export class HostVariables implements Variables {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly #values = new Map<string, FloatArray>();
  readonly #versions = new Map<string, number>();

  constructor(shapes: Readonly<Record<string, Shape>>, arrayType: typeof Float32Array | typeof Float64Array) {
    this.shapes = shapes;
    for (const [name, shape] of Object.entries(shapes)) {
      this.#values.set(name, new arrayType(sizeOf(shape)));
      this.#versions.set(name, 0);
    }
  }

  read(name: string): FloatArray {
    return this.view(name).slice();
  }

  /** The values themselves; valid until the next write. */
  view(name: string): FloatArray {
    const values = this.#values.get(name);
    if (!values)
      throw new GraphError(`there is no variable "${name}" (${[...this.#values.keys()].join(', ')}).`);
    return values;
  }

  /** Changes with every write, so that what was derived from the values can be kept until then. */
  version(name: string): number {
    return this.#versions.get(name) ?? 0;
  }

  write(name: string, values: ArrayLike<number>): void {
    const held = this.view(name);
    if (values.length !== held.length) {
      throw new GraphError(`variable "${name}" has ${held.length} values, got ${values.length}.`);
    }
    held.set(values);
    this.#versions.set(name, this.version(name) + 1);
  }

  dispose(): void {
    this.#values.clear();
  }
}
