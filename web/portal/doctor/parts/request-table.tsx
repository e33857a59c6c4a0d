// Requests for access: from whom, for which patient, what, why and until when, and the answer; those to this clinic can be
// answered here.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ConsentRequest } from '../../../../rpc/schema/consent.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { careWord } from '../../parts/care-words.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import { useNamed } from '../data/patient.ts';
import classes from './doctor.module.css';
import { PatientName } from './patient-name.tsx';

export interface RequestTableProps {
  readonly requests: readonly ConsentRequest[];
  readonly caption: string;
  /** On pages about several patients. */
  readonly withPatient?: boolean;
}

const NOBODY = /^0+$/;

export function RequestTable({ requests, caption, withPatient = false }: RequestTableProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { health } = useLive();
  const queries = useQueryClient();
  const action = useAction();
  const clinicName = useClinicName();
  const named = useNamed(requests.map(({ handle }) => handle));
  const answer = (request: ConsentRequest, allow: boolean) =>
    void action.run(
      async () => {
        const patient = named(request.handle)?.ref;
        if (patient === undefined) return;
        const { account, clinic, categories, purpose, until, request: id } = request;
        const asked = categories.filter((one) => one !== 'consent');
        // To the person who asked, as a patient's answer; where a clinic's own programs asked, to the clinic.
        const to = NOBODY.test(account) ? { clinic } : { account };
        const terms = { patient, to, categories: asked, purposes: [purpose], until, request: id };
        await client.call(allow ? 'consent_grant' : 'consent_deny', terms);
        await queries.invalidateQueries({ queryKey: ['doctor'] });
      },
      t(allow ? 'doctor.requests.allowed' : 'doctor.requests.refused'),
    );
  const columns: Column<ConsentRequest>[] = [
    {
      name: t('doctor.requests.from'),
      wrap: true,
      cell: ({ clinic, role, writer }) => (
        <>
          {t('doctor.roleAt', { role: t(`roles.${role}`), clinic: clinicName(clinic) })}
          <span className={classes.note}>{t('doctor.requests.to', { clinic: clinicName(writer) })}</span>
        </>
      ),
    },
    ...(withPatient
      ? [
          {
            name: t('doctor.patient'),
            wrap: true,
            cell: ({ handle }: ConsentRequest) => {
              const card = named(handle);
              if (card === undefined) return t('doctor.nameNotKnown');
              return (
                <Link to="/patients/$ref/sharing" params={{ ref: card.ref }} className={classes.target}>
                  <PatientName card={card} />
                </Link>
              );
            },
          },
        ]
      : []),
    {
      name: t('doctor.requests.wants'),
      wrap: true,
      cell: ({ categories }) => (
        <span className={classes.words}>{categories.map((one) => t(`care.categories.${one}`)).join(', ')}</span>
      ),
    },
    {
      name: t('doctor.sharing.why'),
      wrap: true,
      cell: ({ purpose, reason }) => (
        <span className={classes.words}>
          {careWord(t, 'purposes', purpose)}
          <span className={classes.note}>
            <bdi>{reason}</bdi>
          </span>
        </span>
      ),
    },
    { name: t('doctor.sharing.until'), cell: ({ until }) => <Deadline time={until} /> },
    {
      name: t('doctor.requests.answer'),
      cell: (request) =>
        request.state === 'open' && request.writer === health?.clinic.number && named(request.handle) !== undefined ? (
          <span className={classes.buttons}>
            <Button size="xs" onClick={() => answer(request, true)} loading={action.busy}>
              {t('doctor.requests.allow')}
            </Button>
            <Button size="xs" variant="default" onClick={() => answer(request, false)} loading={action.busy}>
              {t('doctor.requests.refuse')}
            </Button>
          </span>
        ) : (
          t(`doctor.requests.states.${request.state}`)
        ),
    },
  ];
  return (
    <div className={classes.stack}>
      <DataTable caption={caption} hideCaption columns={columns} rows={requests} rowKey={({ request }) => request} />
      <Said said={action.said} />
    </div>
  );
}
