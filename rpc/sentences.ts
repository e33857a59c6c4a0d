// What a refusal means to a person where the error does not say it itself (`SENTENCES` beside many codes): by its code, `{name}`
// is a detail of it. A family (`p2p.*`) speaks for its codes that are not listed: what to do is the same for all of them. Pages
// have words of their own where a page can say more (web/shared/text/en/errors.ts).
import type { CodedError } from '../common/errors.ts';

export const REFUSALS: Readonly<Record<string, string>> = {
  'address.*': 'This is no address or network that can be listed.',
  'address.never-block': 'This address is never blocked: it belongs to {set}.',
  'blob.*': 'What is kept of this file is not whole here, and nobody gave it whole.',
  'blob.busy': 'Too many files are on their way: try again in a moment.',
  'blob.cid': 'This is no name of stored content (a CID of version 1).',
  'blob.range': 'The file is shorter than what was asked of it.',
  'blob.unavailable': 'No clinic that was asked has this content: try again later.',
  'blocklist.pins-full': 'This clinic has {limit} decisions of its own about addresses already: take some away first.',
  'clinic.not-a-member': 'This node belongs to no member of the network: it follows the chain and says nothing.',
  'download.range': 'The file is shorter than what was asked of it.',
  'emergency.ended': 'This emergency has ended already.',
  'emergency.factor': 'Show the second factor once more, then try again.',
  'emergency.no-key':
    'The clinics have no emergency key yet: an operator begins it with wardmesh ceremony begin emergency.',
  'emergency.nothing': 'There is nothing to open for this patient.',
  'emergency.one-organisation': 'No clinic of another organisation helped: try again in a moment.',
  'emergency.overdue': 'An earlier emergency of this person waits for its review.',
  'emergency.own': 'Nobody reviews their own emergency.',
  'emergency.role': 'Only doctors and nurses of this clinic with an account on the chain can do this.',
  'emergency.text': 'Say in a few words what happened.',
  'emergency.too-few': 'Only {helped} of the {needed} clinics that it takes helped: try again in a moment.',
  'emergency.unknown': 'This emergency is not known here.',
  'emergency.wrong-partial': 'The help of clinic {clinic} was wrong: try again.',
  'envelope.*': 'This is no sealed content, or it was damaged or altered.',
  'erasure.exists': 'An erasure of these records is under way already.',
  'erasure.held': 'A hold keeps these records: release it first.',
  'erasure.not-now': 'This cannot be done now: {reason}.',
  'erasure.nothing': 'This clinic keeps nothing of this patient.',
  'erasure.unanswered': 'Clinic {clinic} did not answer, or not to this question: try again later.',
  'erasure.unknown': 'This clinic has no such erasure, hold or wish.',
  'genesis.*': 'This is no founder file of a clinic, or it was altered.',
  'identifier.busy': 'Too many numbers are being looked up: try again in a moment.',
  'identifier.characters': 'The number has characters that such numbers do not have.',
  'identifier.check-digit': 'The number is mistyped: its check digit does not fit.',
  'identifier.country': 'The country is given by two letters, such as US.',
  'identifier.evaluation': 'The number could not be looked up: try again.',
  'identifier.format': 'The number has letters where digits belong, or the other way round.',
  'identifier.issuer': 'Numbers of this kind are unique only at their issuer, which is missing.',
  'identifier.length': 'The number is too long or too short.',
  'identifier.no-key': 'This clinic is not yet a full member of the network: it cannot look up numbers.',
  'identifier.pid': 'The patient identifier is mistyped: its check digits do not fit.',
  'identifier.placeholder': 'This is a number that is printed on samples, not that of a person.',
  'identifier.quota': 'The other clinics look up no more new numbers for this clinic today.',
  'identifier.ref': 'This leads to no patient: search for the patient again.',
  'identifier.type': 'The kind of document is not one that the network knows.',
  'identifier.unreachable': 'Too few clinics can be reached to look up a number that was not looked up here before.',
  'identifier.wrong-partial': 'Clinic {clinic} gave a wrong part of the answer: try again.',
  'keystore.*': "The clinic's keystore does not allow this.",
  'keystore.format': 'This is no keystore, of another version, or cut off.',
  'keystore.locked': 'The passphrase does not open the keystore.',
  'observers.full': 'As many clinics wait to be admitted as this node watches over: admit or uninvite one first.',
  'observers.member': 'This clinic is a member already, with number {clinic}.',
  'outbox.full': 'Too many statements of this clinic wait for a block: try again later.',
  'outbox.stopped': 'The node is stopping: try again in a minute.',
  'p2p.*': 'The other clinic did not answer as it should: try again later.',
  'p2p.busy': 'The other clinic is busy: try again in a moment.',
  'p2p.dial-timeout': 'The other clinic could not be reached: try again when it is up.',
  'p2p.not-connected': 'The other clinic is not connected: try again when it is up.',
  'p2p.rate-limited': 'The other clinic was asked too often: try again in a moment.',
  'p2p.self-limited': 'The other clinic was asked too often: try again in a moment.',
  'p2p.timeout': 'The other clinic did not answer in time: try again later.',
  'p2p.unavailable': 'The other clinic cannot say: {reason}.',
  'passkey.*': 'The browser gave no answer that counts for a passkey: try again.',
  'records.damaged': 'A row of the patients does not open under the key of this clinic.',
  'records.name': 'FHIR allows no such resource type or id.',
  'records.too-large': 'The resource has {size} bytes; {limit} are taken.',
  'records.too-many-versions': 'There are as many versions of it as are kept: {limit}.',
  'session.ticket': 'The step took too long, was done already, or began in another browser: begin again.',
  'signature.*': 'This is no attack signature that the network takes.',
  'signature.too-soon': 'A gateway proposed a signature within this hour already: another one can follow then.',
  'signature.benign': 'The pattern meets requests that are known to be harmless: make it narrower.',
  'signature.unknown': 'There is no such signature.',
  'store.*': 'The database of this node cannot do it now.',
  'store.full': 'The database of this node has no room for more of these.',
  'takeover.not-now': 'As the chain is now this cannot be said: {reason}.',
  'takeover.unknown': 'There is no such take-over.',
  'threat.*': 'This cannot be done about the address now: try again later.',
  'threat.full':
    'This organisation blocks as many addresses by hand as the list holds, {limit} at most: unblock some first.',
  'threat.gateways': 'As many gateways bring entries to this node as it takes: {limit}.',
  'threat.life': 'A report ends in the future, {longest} ms ahead at most.',
  'threat.seal': 'The report does not open under the key of the network.',
  'threat.sequence': 'The count of this gateway goes on by more than {longest} at once: give the gateway another name.',
  'threat.tag': 'The report names another address than its tag on the chain.',
  'upload.full': 'Too many uploads wait to be used: try again in an hour.',
  'upload.size': 'The file did not arrive whole: send it again.',
  'upload.too-large': 'The file has {size} bytes; this clinic takes {limit}.',
  'upload.type': 'This kind of file is not taken here; PNG, JPEG, PDF and DICOM are, as the clinic has set.',
  'upload.unknown': 'There is no such upload of this person, or its time is over: send it again.',
  'wallet.account': 'This is no Ethereum account.',
  'wallet.address': 'A wallet cannot name this address: {reason}.',
};

/** Undefined for a code that no service gives. Details that are missing are left out with what leads to them. */
export function refusalText(code: string, details: Readonly<Record<string, unknown>>): string | undefined {
  const own = Object.hasOwn(REFUSALS, code) ? code : `${code.split('.', 1)[0]}.*`;
  if (!Object.hasOwn(REFUSALS, own)) return undefined;
  return REFUSALS[own].replace(/(:? ?\(?)\{(\w+)\}(\)?)/g, (_, before: string, name: string, after: string) => {
    const value = details[name];
    return typeof value === 'string' || typeof value === 'number' ? `${before}${value}${after}` : '';
  });
}

/** What a door says of a failure: never a bare code. */
export function refusalMessage(error: CodedError<{ code: string }>): string {
  const { code, ...details } = error.type;
  return error.message.startsWith(code) ? (refusalText(code, details) ?? error.message) : error.message;
}
