// Two minutes before the session ends: asks whether the person is still there.
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../shared/dialog/dialog.tsx';
import { Actions } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSession, useSessionModules } from '../../shared/session/session-context.tsx';

export function StillThere() {
  const { endsSoonAt, session } = useSession();
  const [dismissed, setDismissed] = useState<number>();
  if (endsSoonAt === undefined || session === undefined || dismissed === endsSoonAt) return null;
  const final = endsSoonAt === session.endsAt;
  return <Warning endsAt={endsSoonAt} final={final} onDismiss={() => setDismissed(endsSoonAt)} />;
}

function Warning({ endsAt, final, onDismiss }: { endsAt: number; final: boolean; onDismiss: () => void }) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const { sessions } = useSessionModules();
  const [left, setLeft] = useState(endsAt - nodeClock.now());
  useEffect(() => nodeClock.onTick(() => setLeft(endsAt - nodeClock.now())), [nodeClock, endsAt]);
  // Nothing prolongs a session beyond its longest time.
  const goOn = final ? onDismiss : () => void sessions.stay().catch(() => sessions.refresh());
  return (
    <Dialog title={t('timeout.title')} onCancel={goOn}>
      <p aria-live="polite">{t('timeout.text', { count: Math.max(1, Math.ceil(left / 60_000)) })}</p>
      <p>{t(final ? 'timeout.final' : 'timeout.kept')}</p>
      <Actions>
        <Button onClick={goOn}>{t(final ? 'timeout.close' : 'timeout.stay')}</Button>
        <Button variant="default" onClick={() => void sessions.signOut()}>
          {t('frame.signOut')}
        </Button>
      </Actions>
    </Dialog>
  );
}
