// One section in a list of sections.
import { Link } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { Section as ExplorerSection } from '../../explorer/sections.ts';
import type { Section } from './sections.ts';

export interface NavLinkProps {
  readonly section: Section | ExplorerSection;
  readonly className: string | undefined;
  readonly iconSize: number;
}

export function NavLink({ section: { to, name, Icon, exact }, className, iconSize }: NavLinkProps) {
  const { t } = useTranslation();
  const Mark: ComponentType<{ size: number; 'aria-hidden': true }> = Icon;
  return (
    <li>
      <Link to={to} activeOptions={{ exact, includeSearch: false }} className={className}>
        <Mark size={iconSize} aria-hidden />
        {t(name)}
      </Link>
    </li>
  );
}
