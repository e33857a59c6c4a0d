// Terms that whoever took over gives: one signed word says all of them, so that a clinic can give neither others nor the same ones
// twice. Owns what follows from such a word; whose key decides now is asked of the chain before.
import { equalBytes } from '../../common/bytes.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { CONSENT_COMMIT } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { CATEGORIES } from '../category.ts';
import { ALL_DATA, LIFTED, ORGANISATION_RULE_OFF, type Rule, type Terms } from '../consent/terms.ts';
import { encodeTerms } from '../consent/terms-codec.ts';
import { decodeWord, type PatientWord, shareOf, verifyWord } from './word.ts';

/** For how long a rule holds that has no end of its own: ten years; what lifts does so afterwards, too. */
const RULE_MS = 3_650 * 86_400_000;
const GRANTABLE = CATEGORIES.filter((category) => category !== 'consent');

/** As it was signed by the take-over's key. */
export interface HeldWord {
  readonly word: Uint8Array;
  readonly signature: Uint8Array;
}

/** Where the terms stand. */
export interface HeldPlace {
  readonly clinic: number;
  readonly chart: Uint8Array;
  /** The patient. */
  readonly handle: Uint8Array;
}

/** What the word gives about a chart; undefined for one that gives no terms, or is no word of a take-over. */
export function termsOfWord({ word, signature }: HeldWord, chart: Uint8Array): Terms | undefined {
  const said = decodeWord(word);
  if (said.takeOver === undefined) return undefined;
  const rule = ruleOf(said);
  if (rule === undefined) return undefined;
  return {
    ...{ subject: { kind: 'chart', id: chart }, grantor: { kind: 'take-over', word, signature } },
    ...{ givenAt: said.at, mode: 'view', policy: policyOf(said) },
    provision: { ...rule, exceptions: [] },
  };
}

/** Of the consent that the word gives: it has one, so that what was taken back is not given again by the same word. */
export function saltOfWord({ signature }: Pick<HeldWord, 'signature'>): Uint8Array {
  return taggedHash('wardmesh/take-over-consent/1', signature).slice(0, SALT_BYTES);
}

/** Whether these are the very terms that the word says, about this patient at this clinic; the signature is looked at apart. */
export function isSaidBy(
  object: Uint8Array,
  terms: Terms,
  { clinic, chart, handle }: HeldPlace,
): PatientWord | undefined {
  const { grantor } = terms;
  if (grantor.kind !== 'take-over') return undefined;
  try {
    const said = decodeWord(grantor.word);
    const made = termsOfWord(grantor, chart);
    const here = said.clinic === clinic && said.patient !== undefined && equalBytes(said.patient, handle);
    const own = objectId(CONSENT_COMMIT, { type: 'clinic', clinic }, saltOfWord(grantor));
    const same =
      made !== undefined && here && equalBytes(own, object) && equalBytes(encodeTerms(made), encodeTerms(terms));
    return same ? said : undefined;
  } catch {
    return undefined;
  }
}

export function isSignedBy(key: Uint8Array, { word, signature }: HeldWord, genesisId: Uint8Array): Promise<boolean> {
  return verifyWord(word, genesisId, key, signature);
}

/** Whether a word that lifts is about this denial: named by its object, by the word that gave it, or as one that shuts branches out. */
export function isLifting(lift: PatientWord, object: Uint8Array, { grantor, policy, givenAt }: Terms): boolean {
  if (lift.act === 'branches-on') return policy === ORGANISATION_RULE_OFF && givenAt < lift.at;
  if (lift.act !== 'lift') return false;
  return (
    equalBytes(lift.about, object) || (grantor.kind === 'take-over' && equalBytes(lift.about, shareOf(grantor.word)))
  );
}

function policyOf({ act }: PatientWord): string {
  if (act === 'branches-off') return ORGANISATION_RULE_OFF;
  return act === 'lift' || act === 'branches-on' ? LIFTED : '';
}

function ruleOf({ act, clinic, terms, at }: PatientWord): Rule | undefined {
  if (act === 'branches-off' || act === 'branches-on' || act === 'lift') {
    return {
      ...{ effect: 'deny', actors: [{ kind: 'clinic', clinic }], purposes: [{ code: 'TREAT' }] },
      ...{ period: { until: at + RULE_MS }, data: { ...ALL_DATA, categories: GRANTABLE } },
    };
  }
  if ((act !== 'share' && act !== 'allow' && act !== 'deny') || terms === undefined) return undefined;
  const { actor, purposes, until } = terms;
  const categories = terms.categories.filter((category) => category !== 'consent');
  return {
    ...{ effect: act === 'deny' ? 'deny' : 'permit', actors: [actor], purposes: purposes.map((code) => ({ code })) },
    ...{ period: { until }, data: { ...ALL_DATA, categories } },
  };
}
