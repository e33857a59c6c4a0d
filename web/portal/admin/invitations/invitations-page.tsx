// Invitations: a new one, whose link is shown once, and those that nobody has used yet.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { InviteForm } from './invite-form.tsx';
import { LinkOnce } from './link-once.tsx';
import { OpenInvitations } from './open-invitations.tsx';
import '../../../shared/text/en/account.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/sign-in.ts';

export function InvitationsPage() {
  const { t } = useTranslation();
  const [made, setMade] = useState<Result<'admin_invite'>>();
  return (
    <Page title={t('nav.invitations')} intro={t('admin.invitations.intro')}>
      {made === undefined ? (
        <>
          <NeedsFactor />
          <Section title={t('admin.invitations.invite')}>
            <InviteForm onMade={setMade} />
          </Section>
        </>
      ) : (
        <LinkOnce made={made} onDone={() => setMade(undefined)} />
      )}
      <Section title={t('admin.invitations.open')}>
        <OpenInvitations />
      </Section>
    </Page>
  );
}
