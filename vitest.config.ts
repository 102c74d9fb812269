import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';

// One configuration for every package: each runs it from its own folder. Packages read each other's sources.
const conditions = ['@eleventh/source'];

export default defineConfig({
  root: process.cwd(),
  cacheDir: `${import.meta.dirname}/node_modules/.vite/${basename(process.cwd())}`,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['**/{src,test}/**/*.test.ts'],
    pool: 'forks',
    // Most of a test is waiting for processes: one worker less than there are processors leaves one idle.
    maxWorkers: '100%',
    // The core keeps no state that the tests of one file could leave to those of the next: it is read once.
    isolate: basename(process.cwd()) !== 'core',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
  },
});
