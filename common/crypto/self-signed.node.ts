// Certificates that a node signs itself, for its own doors: ECDSA P-256, and what a certificate says about itself.
// Owns no file and no clock.
import { webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export interface SelfSignedOptions {
  /** Host names, at least one: the first is the subject. IP addresses. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** ms. */
  readonly from: number;
  readonly until: number;
}

export interface CertificateFacts {
  /** SHA-256 over the DER, as browsers show it: `AB:CD:...`. */
  readonly fingerprint: string;
  /** ms. */
  readonly from: number;
  readonly until: number;
  readonly selfSigned: boolean;
  /** Whether it is good for this host name or IP address. */
  covers(host: string): boolean;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** PEM texts. */
export async function makeSelfSigned(options: SelfSignedOptions): Promise<{ certificate: string; key: string }> {
  const { names, addresses, from, until } = options;
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  // Loaded when a certificate is made, once in years; the library wants the first before itself.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [names[0]] }],
      notBefore: new Date(from),
      notAfter: new Date(until),
      keys: keys as CryptoKeyPair,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: 'dns' as const, value })),
          ...addresses.map((value) => ({ type: 'ip' as const, value })),
        ]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
      ],
    },
    webcrypto as unknown as Crypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Of the first certificate in a PEM text. Throws where there is none. */
export function certificateFacts(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    fingerprint: certificate.fingerprint256,
    from: certificate.validFromDate.getTime(),
    until: certificate.validToDate.getTime(),
    selfSigned: certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey),
    covers: (host) => (isIP(host) !== 0 ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined,
  };
}
