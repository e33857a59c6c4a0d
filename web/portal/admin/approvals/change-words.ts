// What an approval would change, in a line.
import type { TFunction } from 'i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { fieldName } from '../../parts/field-name.ts';

export type Approval = Result<'admin_approvals'>['approvals'][number];

export function changeWords(t: TFunction, { kind, asked, change }: Approval): string {
  if (kind === 'photo') return t('admin.approvals.newPhoto');
  if (kind === 'profile') {
    const known = (value: string) => (value === '' ? t('profile.notKnown') : value);
    return change
      .map(({ field, from, to }) =>
        t('account.change', { field: fieldName(t, field), from: known(from), to: known(to) }),
      )
      .join('; ');
  }
  const roles = asked.map((role) => t(`roles.${role}`)).join(', ');
  return roles === '' ? t('admin.approvals.registration') : t('admin.approvals.registrationAs', { roles });
}
