// Around the patients' pages: for whom the person acts, where she does for somebody. What is asked below is about that patient, and
// kept apart from what is known of the person herself.
import { Text } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { NodeClient, useNode } from '../../../shared/node/node-context.tsx';
import { useActing } from '../../../shared/session/session-context.tsx';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { PATIENTS } from '../../frame/sections.ts';
import { Pick } from '../../parts/pick.tsx';
import classes from '../parts/me.module.css';
import { actingClient } from './acting-client.ts';

type Represented = Result<'me_actingFor'>['patients'][number];

/** Pages about what is the person's own, whoever else she acts for; a guardian decides about all of the child's records. */
const OWN = ['/me/upload'];
const NOT_OF_DELEGATES = [...OWN, '/me/takeout', '/me/erase'];

const RepresentedContext = createContext<Represented | undefined>(undefined);

/** The patient for whom the person acts on this page. */
export function useRepresented(): Represented | undefined {
  return useContext(RepresentedContext);
}

export function Acting({ children }: { children: ReactNode }) {
  const { client } = useNode();
  const { role } = useActing();
  const [chosen, setChosen] = useState<string>();
  const query = useQuery({
    queryKey: ['acting-for'],
    queryFn: ({ signal }) => client.call('me_actingFor', {}, signal),
    refetchInterval: 60_000,
    enabled: role !== undefined && PATIENTS.includes(role),
    retry: false,
  });
  const patients = query.data?.patients ?? [];
  const represented = patients.find(({ patient }) => patient === chosen);
  if (patients.length === 0 && chosen === undefined) return children;
  return (
    <>
      <ActingBar patients={patients} represented={represented} over={chosen !== undefined} onChange={setChosen} />
      {represented === undefined ? (
        children
      ) : (
        <ForPatient key={represented.patient} represented={represented}>
          {children}
        </ForPatient>
      )}
    </>
  );
}

interface ActingBarProps {
  readonly patients: readonly Represented[];
  readonly represented: Represented | undefined;
  /** Somebody was chosen. */
  readonly over: boolean;
  onChange(patient: string | undefined): void;
}

function ActingBar({ patients, represented, over, onChange }: ActingBarProps) {
  const { t } = useTranslation();
  const named = patients.map(({ patient, name }) => [patient, name ?? t('me.somebody')]);
  return (
    <div className={classes.part}>
      <Pick
        id="acting-for"
        label={t('acting.label')}
        none={t('acting.self')}
        value={represented?.patient}
        options={Object.fromEntries(named)}
        onChange={onChange}
      />
      <div role="status">
        {represented === undefined ? (
          over ? (
            <Text>{t('acting.over')}</Text>
          ) : null
        ) : (
          <Text>
            {t('acting.now', { name: represented.name ?? t('me.somebody') })} <LongDay time={represented.ends} />
          </Text>
        )}
      </div>
    </div>
  );
}

function ForPatient({ represented, children }: { represented: Represented; children: ReactNode }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const outer = useQueryClient();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const { patient } = represented;
  const acting = useMemo(() => actingClient(client, patient), [client, patient]);
  const [queries] = useState(() => new QueryClient({ defaultOptions: outer.getDefaultOptions() }));
  if ((represented.kind === 'guardian' ? OWN : NOT_OF_DELEGATES).includes(path)) {
    return (
      <Page title={t('acting.ownTitle')}>
        <Notice title={t('acting.own')} live={false}>
          <p>{t('acting.ownText')}</p>
        </Notice>
      </Page>
    );
  }
  return (
    <RepresentedContext value={represented}>
      <NodeClient client={acting}>
        <QueryClientProvider client={queries}>{children}</QueryClientProvider>
      </NodeClient>
    </RepresentedContext>
  );
}
