// The name of a patient as staff see it, in any script.
import { useTranslation } from 'react-i18next';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { staffName } from '../data/person-name.ts';

export function PatientName({ card }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const name = staffName(card);
  return name === undefined ? t('doctor.nameNotKnown') : <bdi>{name}</bdi>;
}
