import { UnknownNameError } from '@mikt/core';
import type { Engine, EngineName } from '../program.js';
import { createReferenceEngine } from './reference.js';
import { createTfjsEngine } from './tfjs.js';
import { createWasmEngine } from './wasm/engine.js';

const ENGINES: Record<EngineName, () => Promise<Engine>> = {
  wasm: () => createWasmEngine(),
  tfjs: () => createTfjsEngine(),
  reference: async () => createReferenceEngine(),
};

/** @throws UnknownNameError for a name that is no engine */
export async function createEngine(name: string): Promise<Engine> {
  const create = Object.hasOwn(ENGINES, name) ? ENGINES[name as EngineName] : undefined;
  if (!create) throw new UnknownNameError('engine', name, Object.keys(ENGINES));
  return create();
}
