// Who vouches for a version of a record: its author's own device beside the clinic, or the clinic alone.
import { IconAlertOctagon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RecordEntry } from '../../../../rpc/schema/record.ts';
import { FullMoment } from '../../../shared/time/moment.tsx';
import tag from '../../../shared/ui/status-tag.module.css';

export function SignedBy({ signed }: Pick<RecordEntry, 'signed'>) {
  const { t } = useTranslation();
  if (signed === null) return t('doctor.sign.none');
  const { state, at } = signed;
  if (state === 'invalid') {
    return (
      <span className={tag.tag} data-status="refused">
        <IconAlertOctagon size={16} aria-hidden />
        {t('doctor.sign.states.invalid')}
      </span>
    );
  }
  return (
    <>
      {t(`doctor.sign.states.${state}`)} <FullMoment time={at} />
    </>
  );
}
