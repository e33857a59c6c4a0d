// Who is signed in, in which role they act, and the ways to their account and out.
import { Button, Popover, Radio } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { useActing, useSessionModules } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { Link } from '../../shared/ui/link.tsx';
import classes from './account-menu.module.css';

export function AccountMenu({ session }: { session: SessionView }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { role, act } = useActing();
  const { sessions } = useSessionModules();
  const navigate = useNavigate();
  const close = () => setOpen(false);
  const signOut = async () => {
    try {
      await sessions.signOut();
      close();
      await navigate({ to: '/' });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      trapFocus
      returnFocus
      shadow="md"
      withRoles
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          className={classes.target}
          leftSection={<IconUserCircle size={18} aria-hidden />}
          onClick={() => setOpen(!open)}
        >
          <span className={classes.word}>
            <bdi className={classes.name}>{session.displayName}</bdi>
            {role === undefined ? null : <span className={classes.role}>{t(`roles.${role}`)}</span>}
          </span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('frame.account')} className={classes.panel}>
        <div>
          <bdi className={classes.full}>{session.displayName}</bdi>
          <div className={classes.user}>
            <bdi>{session.name}</bdi>
          </div>
        </div>
        {session.roles.length < 2 ? null : (
          <Radio.Group
            label={t('frame.actAs')}
            value={role ?? ''}
            onChange={(value) => act(value as (typeof session.roles)[number])}
          >
            <div className={classes.choices}>
              {session.roles.map((one) => (
                <Radio key={one} value={one} label={t(`roles.${one}`)} />
              ))}
            </div>
          </Radio.Group>
        )}
        <Link to="/account" onClick={close}>
          {t('nav.account')}
        </Link>
        <Link to="/account/security" onClick={close}>
          {t('nav.security')}
        </Link>
        <Button variant="default" onClick={() => void signOut()}>
          {t('frame.signOut')}
        </Button>
        <div role="status">{failure === undefined ? null : failureText(failure)}</div>
      </Popover.Dropdown>
    </Popover>
  );
}
