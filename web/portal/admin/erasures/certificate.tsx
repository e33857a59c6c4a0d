// What every clinic has said of an erasure, and the signed certificate as a file.
import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { saveBlob } from '../../../shared/ui/save.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/admin.module.css';
import { useCertificate } from './use-erasures.ts';

type Made = Result<'erasure_certificate'>;
type Holder = Made['holders'][number];

export function Certificate({ erasure }: { erasure: string }) {
  const query = useCertificate(erasure);
  return <QueryView query={query}>{(made) => <Shown made={made} />}</QueryView>;
}

function Shown({ made }: { made: Made }) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const { holders, unanswered } = made;
  const columns: Column<Holder>[] = [
    { name: t('erasure.clinic'), wrap: true, cell: ({ clinic }) => <bdi>{clinicName(clinic)}</bdi> },
    {
      name: t('erasure.carriedOut'),
      cell: ({ answered }) => (answered === null ? t('erasure.notYet') : <FullMoment time={answered.time} />),
    },
    {
      name: t('erasures.removed'),
      numeric: true,
      cell: ({ answered }) => (answered === null ? '–' : numberText(answered.removed)),
    },
  ];
  const save = () =>
    saveBlob('wardmesh-erasure.json', new Blob([JSON.stringify(made, null, 1)], { type: 'application/json' }));
  return (
    <div className={classes.part}>
      <Text role="status">
        {unanswered.length === 0 ? t('erasures.allAnswered') : t('erasures.unanswered', { count: unanswered.length })}
      </Text>
      <DataTable
        caption={t('erasures.clinics')}
        hideCaption
        columns={columns}
        rows={holders}
        rowKey={({ clinic }) => String(clinic)}
      />
      <div>
        <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} onClick={save}>
          {t('erasures.save')}
        </Button>
      </div>
      <Text c="dimmed">{t('erasures.certificateText')}</Text>
    </div>
  );
}
