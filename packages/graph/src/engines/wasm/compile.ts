import { GraphError, type Program, type ProgramDefinition, plan } from '../../program.js';
import type { Arena } from './arena.js';
import { planBuffers } from './buffers.js';
import { emit } from './emit.js';
import { fuse } from './fuse.js';
import type { Kernels } from './loader.js';
import { lower } from './lower.js';
import type { Value, View } from './values.js';
import type { WasmVariables } from './variables.js';
import { type WasmMemory, webAssembly } from './webassembly.js';

/**
 * Compiles a graph to a WASM module on the engine's memory:
 *
 *     plan      what to compute in which order, equal expressions once     (program.ts, shared by all engines)
 *     lower     tensors become values and views; constants are folded      (lower.ts, simplify.ts, strides.ts)
 *     fuse      elementwise operations and sums become groups              (fuse.ts)
 *     buffers   every stored value gets its place in memory                (buffers.ts)
 *     emit      everything becomes a WASM module, a group a single loop    (emit.ts, group.ts, vector-math.ts)
 *
 * A run is a single call of that module: it does no work in JavaScript and allocates nothing.
 */
export function compile(
  definition: ProgramDefinition,
  variables: WasmVariables | undefined,
  memory: WasmMemory,
  kernels: Kernels,
  arena: Arena,
): Program {
  const lowered = lower(plan(definition, variables?.shapes ?? {}));
  const steps = fuse(lowered);
  const buffers = planBuffers(steps, lowered);
  const scratchBytes = Math.max(0, ...steps.map(({ members: [value] }) => scratchOf(value!, kernels)));
  const bufferBytes = buffers.size * Float32Array.BYTES_PER_ELEMENT;
  const data = arena.allocate(bufferBytes + scratchBytes);
  const base = data.begin;
  const code = emit(steps, buffers, {
    form: kernels.form,
    memory: kernels.memory,
    base,
    scratch: base + bufferBytes,
    addressOf: (name) => variables!.layout[name]!.address,
  });
  const module = new webAssembly.Instance(new webAssembly.Module(code), {
    env: { memory, matmul: kernels.matmul },
  });
  const { run } = module.exports as { run(): void };

  const floats = ({ value, offset, size }: View): Float32Array => {
    const home = buffers.homes.get(value);
    if (home?.kind !== 'buffer') throw new TypeError('the value has no buffer');
    return new Float32Array(memory.buffer, base + (home.offset + offset) * 4, size);
  };
  // The memory may have been used before.
  new Uint8Array(memory.buffer, data.begin, bufferBytes).fill(0);
  for (const [value, home] of buffers.homes) {
    if (value.origin.kind === 'constant' && home.kind === 'buffer')
      floats({ value, offset: 0, size: value.size }).set(value.origin.data);
  }

  let disposed = false;
  return {
    inputs: Object.fromEntries(
      [...lowered.inputs].map(([name, value]) => [name, floats({ value, offset: 0, size: value.size })]),
    ),
    outputs: Object.fromEntries([...lowered.outputs].map(([name, view]) => [name, floats(view)])),
    run() {
      if (disposed) throw new GraphError('the program has been disposed of.');
      run();
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      arena.free(data);
    },
  };
}

function scratchOf({ origin }: Value, kernels: Kernels): number {
  return origin.kind === 'matmul' ? kernels.matmulScratch(origin.rows, origin.inner) : 0;
}
