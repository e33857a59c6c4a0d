// The sections of the explorer in the order in which they are shown.
import {
  IconArrowsExchange,
  IconBuildingHospital,
  IconCoins,
  IconDownload,
  IconFileText,
  IconLayoutDashboard,
  IconPick,
  IconShieldCheck,
  IconStack2,
} from '@tabler/icons-react';

export const SECTIONS = [
  { to: '/explorer', name: 'explorer.overview', Icon: IconLayoutDashboard, exact: true },
  { to: '/explorer/blocks', name: 'explorer.blocks', Icon: IconStack2, exact: false },
  { to: '/explorer/statements', name: 'explorer.statements', Icon: IconFileText, exact: false },
  { to: '/explorer/txs', name: 'explorer.transactions', Icon: IconArrowsExchange, exact: false },
  { to: '/explorer/miners', name: 'explorer.miners', Icon: IconPick, exact: false },
  { to: '/explorer/wallets', name: 'explorer.wallets', Icon: IconCoins, exact: false },
  { to: '/explorer/members', name: 'explorer.members', Icon: IconBuildingHospital, exact: false },
  { to: '/explorer/proofs', name: 'explorer.proofs', Icon: IconShieldCheck, exact: false },
  { to: '/explorer/export', name: 'explorer.export', Icon: IconDownload, exact: false },
] as const;

export type Section = (typeof SECTIONS)[number];
