// Where a record of the patient stands: in a block or not yet, replaced by a newer version, or withdrawn as an error.
import { IconAlertOctagon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import tag from '../../../shared/ui/status-tag.module.css';
import { StatusTag } from '../../../shared/ui/status-tag.tsx';

export function RecordStatus({ status }: Pick<MyRecord, 'status'>) {
  const { t } = useTranslation();
  if (status === 'superseded') return t('me.records.superseded');
  if (status !== 'entered-in-error') return <StatusTag status={status === 'pending' ? 'pending' : 'applied'} />;
  return (
    <span className={tag.tag} data-status="refused">
      <IconAlertOctagon size={16} aria-hidden />
      {t('me.records.withdrawn')}
    </span>
  );
}
