import { GraphError, type Variables } from '../../program.js';
import { type Shape, sizeOf } from '../../tensor.js';
import type { WasmMemory } from './webassembly.js';

/** Where variables lie in a memory: plain data, for an engine of another thread to attach to. */
export type VariablesLayout = Readonly<Record<string, { readonly shape: Shape; readonly address: number }>>;

/** Variables that lie in the engine's memory. */
export class WasmVariables implements Variables {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly layout: VariablesLayout;
  readonly memory: WasmMemory;
  readonly #release: () => void;
  readonly #views = new Map<string, Float32Array>();

  /** @param release gives the memory back */
  constructor(memory: WasmMemory, layout: VariablesLayout, release: () => void) {
    this.memory = memory;
    this.layout = layout;
    this.shapes = Object.fromEntries(Object.entries(layout).map(([name, { shape }]) => [name, shape]));
    this.#release = release;
    for (const [name, { shape, address }] of Object.entries(layout))
      this.#views.set(name, new Float32Array(memory.buffer, address, sizeOf(shape)));
  }

  read(name: string): Float32Array<ArrayBuffer> {
    return new Float32Array(this.view(name));
  }

  write(name: string, values: ArrayLike<number>): void {
    const view = this.view(name);
    if (values.length !== view.length)
      throw new GraphError(`variable "${name}" has ${view.length} values, got ${values.length}.`);
    view.set(values);
  }

  /** The values themselves. */
  view(name: string): Float32Array {
    const view = this.#views.get(name);
    if (!view)
      throw new GraphError(`there is no variable "${name}" (${[...this.#views.keys()].join(', ')}).`);
    return view;
  }

  /** Programs compiled on the variables must be disposed of first. */
  dispose(): void {
    if (this.#views.size === 0) return;
    this.#views.clear();
    this.#release();
  }
}
