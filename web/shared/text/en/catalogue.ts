// The English wording of the pages, a file per area: whole for types and tests. Pages bring the areas that they name
// themselves (i18n.ts), what stands around every page comes with the frame.
import { account } from './account.ts';
import { admin } from './admin.ts';
import { care } from './care.ts';
import { carers } from './carers.ts';
import { chain } from './chain.ts';
import { desk } from './desk.ts';
import { doctor } from './doctor.ts';
import { errors } from './errors.ts';
import { explorer } from './explorer.ts';
import { frame } from './frame.ts';
import { me } from './me.ts';
import { ownData } from './own-data.ts';
import { recovery } from './recovery.ts';
import { security } from './security.ts';
import { shared } from './shared.ts';
import { signIn } from './sign-in.ts';
import { takeOver } from './take-over.ts';

export const en = {
  ...frame,
  ...signIn,
  ...account,
  ...admin,
  ...care,
  ...carers,
  ...desk,
  ...doctor,
  ...me,
  ...ownData,
  ...recovery,
  ...security,
  ...shared,
  ...takeOver,
  errors,
  explorer,
  chain,
} as const;
