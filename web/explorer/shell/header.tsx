// Clinic, search, connection, display settings.
import { Link } from '@tanstack/react-router';
import { useLive } from '../../shared/node/node-context.tsx';
import { Logo } from '../../shared/ui/logo.tsx';
import { ConnectionMark } from './connection-mark.tsx';
import { DisplaySettings } from './display-settings.tsx';
import classes from './header.module.css';
import { SearchBox } from './search-box.tsx';

export function Header() {
  const { health } = useLive();
  return (
    <header className={classes.header}>
      <Link to="/explorer" className={classes.home}>
        <Logo />
        <span className={classes.names}>
          <span className={classes.product}>
            Wardmesh <span className={classes.word}>explorer</span>
          </span>
          <bdi className={classes.clinic}>{health?.clinic.name ?? ' '}</bdi>
        </span>
      </Link>
      <SearchBox />
      <div className={classes.tools}>
        <ConnectionMark />
        <DisplaySettings />
      </div>
    </header>
  );
}
