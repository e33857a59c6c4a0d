// Tests in a real browser: `vitest run --config vitest.browser.config.ts`. Apart from `npm test`, since they need Chromium.
import { defineConfig } from 'vitest/config';
import { longFirst } from './test/helpers/long-first.ts';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/helpers/build-pages.ts'],
    testTimeout: 600_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    sequence: {
      sequencer: longFirst(
        ...['patient-pages', 'accessible', 'time-out', 'portal-conditions', 'doctor-accessible'],
        ...['take-over-journey', 'admin', 'people', 'canaries', 'coming-back', 'branches', 'portal-accessible'],
      ),
    },
    // Nothing here is about speed: what is waited for comes when the machine comes to it.
    expect: { poll: { timeout: 90_000 } },
  },
});
