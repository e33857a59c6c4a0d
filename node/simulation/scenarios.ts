// All named scenarios: those of the header model, and those of whole nodes.
import { HEADER_SCENARIOS } from './header/scenarios.ts';
import { NODE_SCENARIOS } from './nodes/scenarios.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [...HEADER_SCENARIOS, ...NODE_SCENARIOS];
