// One erasure or hold: what it is, who approved it, what each clinic has said of it, and what this person can do about it.
import { Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ErasureView } from '../../../../rpc/schema/erasure.ts';
import { useActing, usePerson } from '../../../shared/session/session-context.tsx';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { Ident, WholeIdent } from '../../../shared/ui/ident.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { OFFICERS } from '../../frame/sections.ts';
import classes from '../parts/admin.module.css';
import { ApproveForm } from './approve-form.tsx';
import { Certificate } from './certificate.tsx';
import { ErasureState } from './erasures-page.tsx';
import { HoldForm, ReleaseForm } from './hold-forms.tsx';
import { PatientCell } from './patient-cell.tsx';
import { useErasures } from './use-erasures.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';
import '../../../shared/text/en/own-data.ts';

const route = getRouteApi('/person/overseers/admin/erasures/$erasure');

export function ErasurePage() {
  const { t } = useTranslation();
  const { erasure: id } = route.useParams();
  const query = useErasures();
  const { role } = useActing();
  const decides = role !== undefined && OFFICERS.includes(role);
  return (
    <Page title={t('erasures.one')}>
      <QueryView query={query}>
        {({ erasures }) => {
          const erasure = erasures.find((one) => one.erasure === id);
          if (erasure === undefined) {
            return (
              <Notice title={t('erasures.unknown')}>
                <ButtonLink to="/admin/erasures">{t('erasures.toList')}</ButtonLink>
              </Notice>
            );
          }
          const approved = erasure.kind === 'erasure' && (erasure.state === 'approved' || erasure.state === 'done');
          return (
            <>
              <ErasureFacts erasure={erasure} />
              {decides ? <Decision erasure={erasure} /> : null}
              {approved ? (
                <Section title={t('erasures.clinics')}>
                  <Certificate erasure={erasure.erasure} />
                </Section>
              ) : null}
            </>
          );
        }}
      </QueryView>
    </Page>
  );
}

function ErasureFacts({ erasure }: { erasure: ErasureView }) {
  const { t } = useTranslation();
  const { kind, handle, asked, by, text, approvals, removed, state } = erasure;
  return (
    <Facts
      facts={[
        { label: t('erasures.what'), value: t(`erasures.kinds.${kind}`) },
        { label: t('admin.status'), value: <ErasureState erasure={erasure} /> },
        { label: t('erasures.patient'), value: <PatientCell handle={handle} /> },
        { label: t('erasures.chainName'), value: <WholeIdent value={handle} label={t('erasures.chainName')} /> },
        { label: t('erasures.asked'), value: <FullMoment time={asked} /> },
        {
          label: t('erasures.by'),
          value: by === null ? t('erasures.operator') : <Ident value={by} label={t('erasures.by')} />,
        },
        { label: t('admin.reason'), value: <bdi>{text}</bdi> },
        ...(kind === 'hold'
          ? []
          : [
              {
                label: t('erasures.approvals'),
                value: (
                  <>
                    {t('erasures.ofTwo', { count: approvals.length })}
                    {approvals.map((account) => (
                      <div key={account}>
                        <Ident value={account} label={t('erasures.approver')} />
                      </div>
                    ))}
                  </>
                ),
              },
            ]),
        ...(state === 'done' && kind === 'erasure' ? [{ label: t('erasures.removed'), value: String(removed) }] : []),
      ]}
    />
  );
}

function Decision({ erasure }: { erasure: ErasureView }) {
  const { t } = useTranslation();
  const { account } = usePerson();
  const { kind, state, approvals, erasure: id, handle } = erasure;
  if (kind === 'hold') {
    return state === 'done' ? null : (
      <Section title={t('erasures.release')}>
        <ReleaseForm hold={id} />
      </Section>
    );
  }
  if (state === 'approved' || state === 'done') return null;
  const own = account !== null && approvals.includes(account);
  return (
    <>
      <Section title={t('erasures.approve')}>
        <div className={classes.part}>
          {state === 'queued' ? <Text role="status">{t('erasures.queuedText')}</Text> : null}
          {state === 'held' ? <Text>{t('erasures.heldText')}</Text> : null}
          {own ? <Text role="status">{t('erasures.ownApproval')}</Text> : null}
          {state === 'asked' && !own ? <ApproveForm erasure={id} /> : null}
        </div>
      </Section>
      {state === 'held' ? null : (
        <Section title={t('erasures.keep')}>
          <HoldForm handle={handle} />
        </Section>
      )}
    </>
  );
}
