// What statement kinds are called on pages. Owns no rule of any kind.

const TITLES: Readonly<Record<string, string>> = {
  'members.propose': 'Propose change of members',
  'members.approve': 'Approve change of members',
  'members.leave': 'Leave the network',
  'members.evidence': 'Show two votes that contradict',
  'params.propose': 'Propose new feature',
  'params.approve': 'Approve new feature',
  'params.rehearse': 'Rehearse new feature',
  'accounts.create': 'Create account',
  'accounts.add-key': 'Add key to account',
  'accounts.revoke-key': 'End key of account',
  'accounts.set-role': 'Give or end role',
  'accounts.suspend': 'Suspend account',
  'accounts.set-recovery': 'Set recovery key of account',
  'accounts.recover-start': 'Start recovery of account',
  'accounts.recover-veto': 'Stop recovery of account',
  'accounts.recover-finish': 'Finish recovery of account',
  'patients.register': 'Register patients',
  'patients.attach': 'Attach patient to clinic',
  'patients.detach': 'Detach patient from clinic',
  'records.add': 'Add records',
  'threats.report': 'Report attacker',
  'threats.extend': 'Extend report',
  'threats.revoke': 'Withdraw report',
  'credits.transfer': 'Transfer credits',
};

export function kindTitle(name: string): string {
  return TITLES[name] ?? name;
}

const RESULTS: Readonly<Record<string, string>> = {
  applied: 'Applied',
  'already-applied': 'Already applied',
  known: 'Already registered',
  attached: 'Attached',
  refused: 'Refused',
};

export function resultTitle(result: string): string {
  return RESULTS[result] ?? result;
}
