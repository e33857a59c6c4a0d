import { defineConfig } from 'vitest/config';
import { longFirst } from './test/helpers/long-first.ts';

// Journeys across several whole clinics: minutes of waiting for blocks, peers and finality, two networks at a time.
export default defineConfig({
  test: {
    include: ['test/clinics/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 90_000 } },
    maxWorkers: 2,
    sequence: {
      sequencer: longFirst('threat-keys', 'coalitions', 'registrations', 'processes', 'canary', 'patient-completeness'),
    },
  },
});
