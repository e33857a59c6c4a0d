// Changes of the members in words, for people who decide on them. From the change's own bytes, never from what somebody
// says of it.
import { toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { type Change, decodeChange } from '../../consensus/ledger/members/change.ts';
import type { Subject } from '../../consensus/ledger/members/proposal-rows.ts';
import { CLINIC_KEYS, type ClinicRecord } from '../../consensus/ledger/members/record.ts';
import { readActivation } from '../../consensus/ledger/params/apply.ts';
import type { Activation } from '../../consensus/ledger/params/rows.ts';
import type { MemberSet } from '../../consensus/member-set.ts';

/** Digits of a public key that people compare. */
const KEY_DIGITS = 16;

/** What a proposal decides on. Names stand in it as far as `set` knows them. Throws CodecError. */
export function contentInWords(subject: Subject, content: Uint8Array, set?: MemberSet): string {
  return subject === 'members' ? changeInWords(decodeChange(content), set) : activationInWords(decoded(content));
}

export function changeInWords(change: Change, set?: MemberSet): string {
  const clinic = (number: number): string => {
    const name = set?.record(number)?.name;
    return name === undefined ? `clinic ${number}` : `clinic ${number} (${name})`;
  };
  switch (change.type) {
    case 'admit': {
      const { organisation } = change;
      const owner =
        typeof organisation === 'string'
          ? `the new organisation ${organisation}`
          : (set?.organisationRecords.find(({ number }) => number === organisation)?.name ??
            `organisation ${organisation}`);
      return `admit ${change.clinic.name} of ${owner}`;
    }
    case 'update':
      return `change ${fieldsInWords(change.fields)} of ${clinic(change.clinic)}`;
    case 'remove-clinic':
      return `remove ${clinic(change.clinic)}`;
    case 'remove-organisation':
      return `remove organisation ${change.organisation} with all its clinics`;
    case 'leave':
      return `${clinic(change.clinic)} leaves`;
    case 'suspend-vote':
      return `suspend the votes of ${clinic(change.clinic)}`;
  }
}

export function activationInWords({ feature, height }: Activation): string {
  return `activate feature ${feature} from height ${height} on`;
}

function fieldsInWords(fields: Partial<ClinicRecord>): string {
  const named = (['name', 'addresses', 'networks'] as const).filter((name) => fields[name] !== undefined);
  const keys = CLINIC_KEYS.flatMap((name) => {
    const key = fields[name];
    return key === undefined ? [] : [`${name.replace('Key', ' key')} to ${toHex(key).slice(0, KEY_DIGITS)}…`];
  });
  return [...named, ...keys].join(', ');
}

function decoded(content: Uint8Array): Activation {
  const input = new Reader(content);
  const activation = readActivation(input);
  input.end();
  return activation;
}
