import { GraphError, type Program, type ProgramDefinition, plan } from '../../program.js';
import type { Arena } from './arena.js';
import { planBuffers } from './buffers.js';
import { encode, layOut } from './encode.js';
import { fuse } from './fuse.js';
import type { Kernels } from './loader.js';
import { lower } from './lower.js';
import type { View } from './values.js';
import type { WasmVariables } from './variables.js';
import type { WasmMemory } from './webassembly.js';

/**
 * Compiles a graph to instructions in the engine's memory:
 *
 *     plan      what to compute in which order, equal expressions once     (program.ts, shared by all engines)
 *     lower     tensors become values and views; constants are folded      (lower.ts, simplify.ts, strides.ts)
 *     fuse      elementwise operations and sums become groups              (fuse.ts)
 *     buffers   every stored value gets its place in memory                (buffers.ts)
 *     layOut    groups become micro-operations on registers                (micro-operations.ts)
 *     encode    everything becomes words                                   (encode.ts, instruction-set.ts)
 *
 * A run is a single call of the kernels: it does no work in JavaScript and allocates nothing.
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
  const layout = layOut(steps, buffers);

  const data = arena.allocate(layout.size);
  const base = data.begin;
  const words = encode(steps, buffers, layout, base, (name) => variables!.layout[name]!.address);
  const code = arena.allocate(words.byteLength);
  new Uint32Array(memory.buffer, code.begin, words.length).set(words);

  const floats = ({ value, offset, size }: View): Float32Array => {
    const home = buffers.homes.get(value);
    if (home?.kind !== 'buffer') throw new TypeError('the value has no buffer');
    return new Float32Array(memory.buffer, base + (home.offset + offset) * 4, size);
  };
  // The memory may have been used before.
  new Uint8Array(memory.buffer, data.begin, layout.size).fill(0);
  for (const [value, home] of buffers.homes) {
    if (value.origin.kind === 'constant' && home.kind === 'buffer')
      floats({ value, offset: 0, size: value.size }).set(value.origin.data);
  }
  for (const [number, address] of layout.numbers)
    new Float32Array(memory.buffer, base + address, 4).fill(number);

  let disposed = false;
  const begin = code.begin;
  const end = begin + words.byteLength;
  const scratch = base + layout.scratch;
  return {
    inputs: Object.fromEntries(
      [...lowered.inputs].map(([name, value]) => [name, floats({ value, offset: 0, size: value.size })]),
    ),
    outputs: Object.fromEntries([...lowered.outputs].map(([name, view]) => [name, floats(view)])),
    run() {
      if (disposed) throw new GraphError('the program has been disposed of.');
      kernels.run(begin, end, scratch);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      arena.free(data);
      arena.free(code);
    },
  };
}
