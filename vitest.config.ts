import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@mikt/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@mikt/source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
