// The sections of the explorer in the order in which they are shown.
import {
  IconArrowsExchange,
  IconBuildingHospital,
  IconCoins,
  IconDownload,
  IconFileText,
  IconHome,
  IconPick,
  IconShieldCheck,
  IconStack2,
} from '@tabler/icons-react';

export const SECTIONS = [
  { to: '/explorer', name: 'Overview', Icon: IconHome, exact: true },
  { to: '/explorer/blocks', name: 'Blocks', Icon: IconStack2, exact: false },
  { to: '/explorer/statements', name: 'Statements', Icon: IconFileText, exact: false },
  { to: '/explorer/txs', name: 'Transactions', Icon: IconArrowsExchange, exact: false },
  { to: '/explorer/miners', name: 'Miners', Icon: IconPick, exact: false },
  { to: '/explorer/wallets', name: 'Wallets', Icon: IconCoins, exact: false },
  { to: '/explorer/members', name: 'Members', Icon: IconBuildingHospital, exact: false },
  { to: '/explorer/proofs', name: 'Proofs', Icon: IconShieldCheck, exact: false },
  { to: '/explorer/export', name: 'Export', Icon: IconDownload, exact: false },
] as const;

/** Of them, how many stand in the bar of a phone; the others are behind "More". */
export const BAR_SECTIONS = 3;
