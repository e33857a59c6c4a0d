// What a clinic is called.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { membersQuery } from '../../explorer/data/queries.ts';
import { useNode } from '../../shared/node/node-context.tsx';

export function useClinicName(): (number: number) => string {
  const { t } = useTranslation();
  const { client } = useNode();
  const { data } = useQuery(membersQuery(client));
  return (number) => data?.members.find((member) => member.number === number)?.name ?? t('admin.clinic', { number });
}
