import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

// The kernels are built into dist before this runs.
export default defineConfig({ ...base, clean: ['!kernels/**'] });
