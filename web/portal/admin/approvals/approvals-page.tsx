// What waits for a decision, oldest first.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useApprovals } from '../../data/approvals.ts';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { ApprovalTable } from './approval-table.tsx';
import type { Approval } from './change-words.ts';
import '../../../shared/text/en/account.ts';
import '../../../shared/text/en/admin.ts';

const AT_ONCE = 50;

export function ApprovalsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('nav.approvals')} intro={t('admin.approvals.intro')}>
      <NeedsFactor />
      <QueryView query={useApprovals()}>
        {({ approvals }) =>
          approvals.length === 0 ? (
            <Notice title={t('admin.approvals.none')} live={false}>
              <p>{t('admin.approvals.noneText')}</p>
            </Notice>
          ) : (
            <Waiting approvals={approvals} />
          )
        }
      </QueryView>
    </Page>
  );
}

function Waiting({ approvals }: { approvals: readonly Approval[] }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(AT_ONCE);
  const more = approvals.length - shown;
  return (
    <>
      <ApprovalTable approvals={approvals.slice(0, shown)} caption={t('nav.approvals')} />
      {more <= 0 ? null : (
        <Button variant="default" mt="md" onClick={() => setShown(shown + AT_ONCE)}>
          {t('admin.approvals.more', { count: more })}
        </Button>
      )}
    </>
  );
}
