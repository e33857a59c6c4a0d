// Attack signatures that clinics share, with how far each has come; leads to one, where an administrator decides.
import { Button, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignatureView } from '../../../../rpc/schema/threat-signature.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import classes from './security.module.css';

const EVERY_MS = 15_000;
const PAGE = 20;

export function SignatureTable({ onLook }: { onLook: (signature: SignatureView) => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const [after, setAfter] = useState<string>();
  const query = useQuery({
    queryKey: ['admin', 'threat-signatures', after],
    queryFn: ({ signal }) => client.call('threat_signatureList', { limit: PAGE, after }, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
  const columns: Column<SignatureView>[] = [
    {
      name: t('defence.signature'),
      cell: (row) => (
        <button type="button" className={classes.look} onClick={() => onLook(row)}>
          {row.name}
        </button>
      ),
    },
    { name: t('defence.kind'), cell: ({ category }) => t(`defence.categories.${category}`) },
    {
      name: t('defence.proposedBy'),
      wrap: true,
      cell: ({ clinic, clinicName }) => <bdi>{clinicName ?? t('admin.clinic', { number: clinic ?? '–' })}</bdi>,
    },
    { name: t('defence.state'), wrap: true, cell: ({ state }) => t(`defence.states.${state}`) },
    { name: t('defence.supporters'), numeric: true, cell: ({ supporters }) => numberText(supporters.length) },
    { name: t('defence.opponents'), numeric: true, cell: ({ opponents }) => numberText(opponents.length) },
  ];
  return (
    <QueryView query={query}>
      {({ signatures, next }) => (
        <>
          {signatures.length === 0 ? (
            <Text c="dimmed">{t('defence.signaturesNone')}</Text>
          ) : (
            <DataTable
              caption={t('defence.signaturesCaption')}
              columns={columns}
              rows={signatures}
              rowKey={({ id }) => id}
            />
          )}
          <div className={classes.ways}>
            {after === undefined ? null : (
              <Button variant="default" onClick={() => setAfter(undefined)}>
                {t('defence.firstSignatures')}
              </Button>
            )}
            {next === null ? null : (
              <Button variant="default" onClick={() => setAfter(next)}>
                {t('defence.moreSignatures')}
              </Button>
            )}
          </div>
        </>
      )}
    </QueryView>
  );
}
