import { defineConfig } from 'tsup';
import { library } from '../../tsup.base';

// The kernels are built into dist before this runs.
export default defineConfig({ ...library(), clean: ['!kernels/**'] });
