// The image and the network of docker/, really built and run: `vitest run --config vitest.containers.config.ts`.
// Apart from `npm test`, since they need Docker, or an engine that WARDMESH_CONTAINER_ENGINE names.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/containers/live/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
