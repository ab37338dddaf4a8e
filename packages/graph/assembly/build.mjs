// Compiles the matrix kernel: two forms (relaxed SIMD or plain SIMD), each for two kinds of memory, which do not
// interchange.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
mkdirSync(here('../dist/kernels'), { recursive: true });

const FORMS = { relaxed: ['--enable', 'relaxed-simd'], simd: [] };
const MEMORIES = { shared: ['--enable', 'threads', '--sharedMemory'], private: [] };

for (const [form, formFlags] of Object.entries(FORMS)) {
  for (const [memory, memoryFlags] of Object.entries(MEMORIES)) {
    const { error, stderr } = await asc.main([
      here('matmul.ts'),
      '--outFile',
      here(`../dist/kernels/${form}-${memory}.wasm`),
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--importMemory',
      '--noExportMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      ...formFlags,
      ...memoryFlags,
    ]);
    const messages = stderr.toString();
    if (messages) process.stderr.write(messages);
    if (error) process.exit(1);
  }
}
