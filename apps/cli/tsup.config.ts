import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

// A command: nothing is imported from it.
export default defineConfig({ ...base, dts: false });
