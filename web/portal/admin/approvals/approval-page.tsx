// One decision: what it is about, from what to what, and the two ways to end it.
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useApprovals } from '../../data/approvals.ts';
import classes from '../parts/admin.module.css';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { useUser } from '../users/use-user.ts';
import { UserFacts } from '../users/user-facts.tsx';
import { ChangeFacts } from './change-facts.tsx';
import type { Approval } from './change-words.ts';
import { DecideForm, type Decision } from './decide-form.tsx';
import '../../../shared/text/en/account.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/sign-in.ts';

const route = getRouteApi('/person/administrators/admin/approvals/$approval');

export function ApprovalPage() {
  const { t } = useTranslation();
  const { approval: id } = route.useParams();
  const query = useApprovals();
  const [done, setDone] = useState<Decision>();
  const approval = query.data?.approvals.find((one) => one.id === id);
  const title = approval === undefined ? t('admin.approvals.decision') : t(`admin.approvals.kinds.${approval.kind}`);
  return (
    <Page title={title}>
      {done === undefined ? (
        <QueryView query={query}>
          {() => (approval === undefined ? <Gone /> : <Ask approval={approval} onDone={setDone} />)}
        </QueryView>
      ) : (
        <Notice title={t(`admin.approvals.done.${done}`)}>
          <p>{t('admin.approvals.told')}</p>
          <ButtonLink to="/admin/approvals">{t('admin.approvals.toList')}</ButtonLink>
        </Notice>
      )}
    </Page>
  );
}

function Ask({ approval, onDone }: { approval: Approval; onDone(decision: Decision): void }) {
  return (
    <div className={classes.part}>
      <NeedsFactor />
      {approval.kind === 'registration' ? <Registrant user={approval.user} /> : <ChangeFacts approval={approval} />}
      <DecideForm approval={approval} onDone={onDone} />
    </div>
  );
}

function Registrant({ user }: { user: string }) {
  return <QueryView query={useUser(user)}>{(person) => <UserFacts person={person} />}</QueryView>;
}

/** Also for what another administrator decided meanwhile. */
function Gone() {
  const { t } = useTranslation();
  return (
    <Notice title={t('admin.approvals.gone')}>
      <p>{t('admin.approvals.goneText')}</p>
      <ButtonLink to="/admin/approvals">{t('admin.approvals.toList')}</ButtonLink>
    </Notice>
  );
}
