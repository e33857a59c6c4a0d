// English: the explorer.
export const explorer = {
  overview: 'Overview',
  blocks: 'Blocks',
  statements: 'Statements',
  transactions: 'Transactions',
  miners: 'Miners',
  wallets: 'Wallets',
  members: 'Members',
  proofs: 'Proofs',
  export: 'Export',
} as const;
