import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

// The worker is an entry of its own: threads start from a file.
export default defineConfig({ ...base, entry: { index: 'src/index.ts', worker: 'src/team/worker.ts' } });
