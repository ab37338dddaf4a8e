import type { Engine } from '../program.js';
import { HostVariables } from './host-variables.js';
import { selectBackend, type TfjsBackend } from './tfjs-backend.js';

/**
 * Graphs on TensorFlow.js: its native backend where that loads, else WASM, else plain JavaScript. The library is
 * loaded by the first call, so that who does not use it neither waits for it nor has it in a page.
 * @param backend insist on one of them
 */
export async function createTfjsEngine(backend?: TfjsBackend): Promise<Engine> {
  const selected = await selectBackend(backend);
  const { TfjsProgram } = await import('./tfjs-program.js');
  return {
    name: 'tfjs',
    description: selected.description,
    createVariables: (shapes) => new HostVariables(shapes, Float32Array),
    compile: (definition, variables) => new TfjsProgram(definition, variables as HostVariables | undefined),
    dispose() {},
  };
}
