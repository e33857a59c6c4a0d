// Whether what is on the page moves with the node: icon and word.
import { IconPlugConnected, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionState } from '../../../rpc/client.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import classes from './connection-mark.module.css';

const MARKS = {
  open: { word: 'frame.live', Icon: IconPlugConnected },
  connecting: { word: 'frame.connecting', Icon: IconRefresh },
  closed: { word: 'frame.closed', Icon: IconPlugConnectedX },
} as const satisfies Record<ConnectionState, unknown>;

export function ConnectionMark() {
  const { t } = useTranslation();
  const { connection } = useLive();
  const { word, Icon } = MARKS[connection];
  return (
    <span className={classes.mark} data-connection={connection}>
      <Icon size={18} aria-hidden />
      <span className={classes.word}>{t(word)}</span>
    </span>
  );
}
