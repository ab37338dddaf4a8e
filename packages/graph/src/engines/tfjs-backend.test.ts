import { expect, it } from 'vitest';
import { selectBackend } from './tfjs-backend.js';

it('leaves the error handlers of the process as they were', async () => {
  const count = () =>
    process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
  const before = count();
  // The first use in this process: later ones would find the backend loaded.
  await selectBackend('wasm');
  expect(count()).toBe(before);
});

it('says in words what runs, and why nothing faster does', async () => {
  const { backend, description } = await selectBackend();
  expect(['node', 'wasm', 'cpu']).toContain(backend);
  expect(description).toMatch(/^TensorFlow\.js /);
  if (backend !== 'node') expect(description).toMatch(/node is missing: .+/);
});

it('refuses a backend that does not exist', async () => {
  await expect(selectBackend('webgl' as never)).rejects.toThrow('one of node, wasm, cpu, got "webgl"');
});
