// Which FHIR identifier systems name which identity document (part of wardmesh/pid/1). Systems are the issuers' published
// NamingSystem URIs and OIDs; a system that is not listed here is judged by identifier.type alone (fhir-documents.ts).

export interface DocumentKind {
  readonly country: string;
  readonly type: string;
}

const SYSTEMS = `
AT nid  urn:oid:1.2.40.0.10.1.4.3.1
AU ihi  http://ns.electronichealth.net.au/id/hi/ihi/1.0 urn:oid:1.2.36.1.2001.1003.0
BE nid  https://www.ehealth.fgov.be/standards/fhir/core/namingsystem/ssin https://www.ehealth.fgov.be/standards/fhir/namingsystem/ssin
BR nid  http://rnds.saude.gov.br/fhir/r4/namingsystem/cpf https://rnds-fhir.saude.gov.br/namingsystem/cpf urn:oid:2.16.840.1.113883.13.237
CH nid  urn:oid:2.16.756.5.32
DE kvnr http://fhir.de/sid/gkv/kvid-10 http://fhir.de/namingsystem/gkv/kvid-10
DK nid  urn:oid:1.2.208.176.1.2
EE nid  https://fhir.ee/sid/pid/est/ni
ES nid  urn:oid:1.3.6.1.4.1.19126.3
FI nid  urn:oid:1.2.246.21
FR nid  urn:oid:1.2.250.1.213.1.4.8
GB chi  urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53
GB nhs  https://fhir.nhs.uk/id/nhs-number http://fhir.nhs.net/id/nhs-number urn:oid:2.16.840.1.113883.2.1.4.1
IL nid  http://fhir.health.gov.il/identifier/il-national-id
IN abha https://healthid.ndhm.gov.in https://healthid.abdm.gov.in
IN nid  https://uidai.gov.in http://uidai.gov.in
IT nid  http://hl7.it/sid/codicefiscale urn:oid:2.16.840.1.113883.2.9.4.3.2
NL nid  http://fhir.nl/fhir/namingsystem/bsn urn:oid:2.16.840.1.113883.2.4.6.3
NO nid  urn:oid:2.16.578.1.12.4.1.4.1 urn:oid:2.16.578.1.12.4.1.4.2
NZ nhi  https://standards.digital.health.nz/ns/nhi-id
PL nid  urn:oid:2.16.840.1.113883.3.4424.1.1.616
SE nid  http://electronichealth.se/identifier/personnummer urn:oid:1.2.752.129.2.1.3.1
US mbi  http://hl7.org/fhir/sid/us-mbi urn:oid:2.16.840.1.113883.4.927
US passport http://standardhealthrecord.org/fhir/structuredefinition/passportnumber
US ssn  http://hl7.org/fhir/sid/us-ssn urn:oid:2.16.840.1.113883.4.1
`;

// Driver's licences of the United States: urn:oid:2.16.840.1.113883.4.3.<FIPS 5-2 number of the state>.
const US_DRIVER = 'urn:oid:2.16.840.1.113883.4.3.';
const STATES =
  '1al 2ak 4az 5ar 6ca 8co 9ct 10de 11dc 12fl 13ga 15hi 16id 17il 18in 19ia 20ks 21ky 22la 23me 24md 25ma 26mi 27mn ' +
  '28ms 29mo 30mt 31ne 32nv 33nh 34nj 35nm 36ny 37nc 38nd 39oh 40ok 41or 42pa 44ri 45sc 46sd 47tn 48tx 49ut 50vt ' +
  '51va 53wa 54wv 55wi 56wy';

const kinds = new Map<string, DocumentKind>();
for (const line of SYSTEMS.trim().split('\n')) {
  const [country, type, ...systems] = line.split(/\s+/);
  for (const system of systems) kinds.set(system, { country, type });
}
for (const state of STATES.split(' ')) {
  kinds.set(`${US_DRIVER}${Number.parseInt(state, 10)}`, { country: 'US', type: `driver@${state.slice(-2)}` });
}

/** The document that a listed system names. Systems are compared without case and trailing slash. */
export function kindOfSystem(system: string): DocumentKind | undefined {
  return kinds.get(canonicalSystem(system));
}

/** Without case, space around and trailing slashes: how systems are compared. */
export function canonicalSystem(system: string): string {
  return system.trim().toLowerCase().replace(/\/+$/, '');
}
