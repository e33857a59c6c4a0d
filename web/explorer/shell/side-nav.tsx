// The sections as a column, where there is room for one.
import { Link } from '@tanstack/react-router';
import { SECTIONS } from './sections.ts';
import classes from './side-nav.module.css';

export function SideNav() {
  return (
    <nav aria-label="Explorer" className={classes.nav}>
      <ul className={classes.list}>
        {SECTIONS.map(({ to, name, Icon, exact }) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact }} className={classes.link}>
              <Icon size={20} aria-hidden />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
