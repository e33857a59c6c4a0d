// Judged requests with everything that explains each: what was done by which rule, points, signatures, page, reference.
import { useTranslation } from 'react-i18next';
import type { SecurityEntry } from '../../../../rpc/schema/security.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import adminClasses from '../parts/admin.module.css';
import { AddressButton } from './address-button.tsx';

export interface RequestTableProps {
  readonly caption: string;
  readonly hideCaption?: boolean;
  /** With the address of each and the gateway that judged it: not all are of one address. */
  readonly ofMany?: boolean;
  readonly requests: readonly SecurityEntry[];
}

export function RequestTable({ caption, hideCaption = false, ofMany = false, requests }: RequestTableProps) {
  const { t } = useTranslation();
  const when = t('defence.when');
  const address: Column<SecurityEntry> = {
    name: t('defence.address'),
    cell: (row) => (
      <>
        <AddressButton address={row.address} />
        <span className={adminClasses.note}>{row.gateway ?? t('defence.ownDoors')}</span>
      </>
    ),
  };
  const columns: Column<SecurityEntry>[] = [
    {
      name: when,
      header: <MomentHeader age={when} time={when} />,
      sort: 'descending',
      cell: ({ at }) => <Moment time={at} />,
    },
    ...(ofMany ? [address] : []),
    {
      name: t('defence.action'),
      wrap: true,
      cell: ({ action, judged, rule }) => (
        <>
          {t(`defence.actions.${action}`)}
          <span className={adminClasses.note}>{t(`defence.rules.${rule}`)}</span>
          {judged === action ? null : (
            <span className={adminClasses.note}>
              {t('defence.log.wouldBe', { action: t(`defence.actions.${judged}`) })}
            </span>
          )}
        </>
      ),
    },
    { name: t('defence.score'), numeric: true, cell: ({ score }) => numberText(Math.round(score)) },
    {
      name: t('defence.factorsCol'),
      wrap: true,
      cell: ({ factors, signatures }) => (
        <>
          {factors.length === 0
            ? '–'
            : factors
                .map(({ name, points }) => `${t(`defence.factors.${name}`)} ${numberText(Math.round(points))}`)
                .join(', ')}
          {signatures.map((signature) => (
            <span key={signature} className={adminClasses.note} translate="no">
              {nameOf(signature)}
            </span>
          ))}
        </>
      ),
    },
    {
      name: t('defence.path'),
      wrap: true,
      cell: ({ endpoint, status }) => (
        <>
          <span translate="no">{endpoint}</span>
          {status === null ? null : <span className={adminClasses.note}>{t('defence.log.answered', { status })}</span>}
        </>
      ),
    },
    { name: t('defence.reference'), cell: ({ reference }) => <span translate="no">{reference}</span> },
  ];
  return (
    <DataTable
      caption={caption}
      hideCaption={hideCaption}
      columns={columns}
      rows={requests}
      rowKey={({ number }) => number}
    />
  );
}

/** Signatures of the chain have ids in place of names here. */
function nameOf(signature: string): string {
  return signature.includes('/') ? signature : `${signature.slice(0, 6)}…${signature.slice(-6)}`;
}
