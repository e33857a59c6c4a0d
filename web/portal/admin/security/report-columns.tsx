// What a report says of itself, the same in every table: who made it and why, who disputes it, until when, how far it has come.
import { useTranslation } from 'react-i18next';
import type { ThreatReport } from '../../../../rpc/schema/threat.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { Deadline } from '../../../shared/time/moment.tsx';
import { StatusTag } from '../../../shared/ui/status-tag.tsx';
import adminClasses from '../parts/admin.module.css';

type Name = 'by' | 'reason' | 'disputes' | 'until' | 'status';

export function useReportColumns(): Readonly<Record<Name, Column<ThreatReport>>> {
  const { t } = useTranslation();
  return {
    by: {
      name: t('defence.by'),
      wrap: true,
      cell: ({ clinic, clinicName }) => <bdi>{clinicName ?? t('admin.clinic', { number: clinic })}</bdi>,
    },
    reason: {
      name: t('defence.reason'),
      wrap: true,
      cell: ({ reason, mode }) => (
        <>
          {t(`defence.reasons.${reason}`)}
          <span className={adminClasses.note}>{t(`defence.mode.${mode}`)}</span>
        </>
      ),
    },
    disputes: {
      name: t('defence.disputedBy'),
      wrap: true,
      cell: ({ disputes, stoppedUntil }) => (
        <>
          {disputes.length === 0
            ? t('defence.nobody')
            : disputes.map(({ organisation, reason }) => (
                <span key={organisation} className={adminClasses.who}>
                  {t('defence.disputer', { organisation, reason: t(`defence.disputeReasons.${reason}`) })}
                </span>
              ))}
          {stoppedUntil === null ? null : <span className={adminClasses.note}>{t('defence.noEffect')}</span>}
        </>
      ),
    },
    until: {
      name: t('defence.until'),
      cell: ({ expires }) => (expires === null ? t('defence.noEnd') : <Deadline time={expires} />),
    },
    status: { name: t('admin.status'), cell: ({ status }) => <StatusTag status={status} /> },
  };
}
