// Emergencies that this person opened: for whom, how long, and whether they were reviewed.
import { useTranslation } from 'react-i18next';
import type { EmergencyView } from '../../../../rpc/schema/emergency.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline, Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { careWord } from '../../parts/care-words.ts';
import { useNamed } from '../data/patient.ts';
import classes from '../parts/doctor.module.css';
import { PatientName } from '../parts/patient-name.tsx';

export function OwnEmergencies({ emergencies }: { emergencies: readonly EmergencyView[] }) {
  const { t } = useTranslation();
  const named = useNamed(emergencies.map(({ handle }) => handle));
  const opened = t('doctor.today.opened');
  const columns: Column<EmergencyView>[] = [
    {
      name: t('doctor.patient'),
      wrap: true,
      cell: ({ handle }) => {
        const card = named(handle);
        if (card === undefined) return t('doctor.nameNotKnown');
        return (
          <Link to="/patients/$ref" params={{ ref: card.ref }} className={classes.target}>
            <PatientName card={card} />
          </Link>
        );
      },
    },
    {
      name: opened,
      header: <MomentHeader age={opened} time={opened} />,
      cell: ({ opened: at }) => <Moment time={at} />,
    },
    { name: t('doctor.today.ends'), cell: ({ ends, closed }) => <Deadline time={closed ?? ends} /> },
    {
      name: t('doctor.sharing.why'),
      wrap: true,
      cell: ({ reason, text }) => (
        <span className={classes.words}>
          {careWord(t, 'reasons', reason)}
          <span className={classes.note}>
            <bdi>{text}</bdi>
          </span>
        </span>
      ),
    },
    { name: t('doctor.record.state'), cell: ({ state }) => t(`doctor.today.states.${state}`) },
  ];
  return (
    <DataTable
      caption={t('doctor.today.emergencies')}
      hideCaption
      columns={columns}
      rows={emergencies}
      rowKey={({ emergency }) => emergency}
    />
  );
}
