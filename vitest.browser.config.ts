// Tests in a real browser: `vitest run --config vitest.browser.config.ts`. Apart from `npm test`, since they need Chromium.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/helpers/build-pages.ts'],
    testTimeout: 240_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    expect: { poll: { timeout: 15_000 } },
  },
});
