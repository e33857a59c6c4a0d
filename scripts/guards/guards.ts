// Every guard that `npm run check` runs. A test compares this list with the files of the folder.
import { browserGuard } from './browser-guard.ts';
import { cryptoGuard } from './crypto-guard.ts';
import { cyclesGuard } from './cycles-guard.ts';
import { errorsGuard } from './errors-guard.ts';
import type { Guard } from './guard.ts';
import { layersGuard } from './layers-guard.ts';
import { librariesGuard } from './libraries-guard.ts';
import { limitsGuard } from './limits-guard.ts';
import { machineGuard } from './machine-guard.ts';
import { modulesGuard } from './modules-guard.ts';
import { propertiesGuard } from './properties-guard.ts';
import { purityGuard } from './purity-guard.ts';
import { sizesGuard } from './sizes-guard.ts';

export const GUARDS: readonly Guard[] = [
  layersGuard,
  cyclesGuard,
  sizesGuard,
  purityGuard,
  browserGuard,
  cryptoGuard,
  librariesGuard,
  modulesGuard,
  errorsGuard,
  machineGuard,
  limitsGuard,
  propertiesGuard,
];
