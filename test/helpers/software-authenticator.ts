// A passkey device in software, for tests: makes the answers that a browser would send, and wrong ones on demand.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

const FLAGS = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, attested: 0x40 };

export interface Deviation {
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly present?: boolean;
  readonly verified?: boolean;
  readonly crossOrigin?: boolean;
  readonly format?: string;
  readonly statement?: Map<string, unknown>;
  readonly userHandle?: string;
  readonly counter?: number;
}

export interface CreationRequest {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
}

export interface AssertionRequest {
  readonly challenge: string;
  readonly rpId?: string;
}

export class SoftwareAuthenticator {
  readonly id: string = randomBytes(32).toString('base64url');
  private readonly key: KeyObject;
  private readonly cose: Uint8Array;
  private readonly origin: string;
  private readonly step: number;
  private counter = 0;
  private userHandle = '';

  /** `step`: by how much its counter rises; 0 as with passkeys that are copied between devices. */
  constructor(options: { readonly origin: string; readonly step?: number }) {
    this.origin = options.origin;
    this.step = options.step ?? 1;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    this.key = privateKey;
    this.cose = isoCBOR.encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, new Uint8Array(Buffer.from(x!, 'base64url'))],
        [-3, new Uint8Array(Buffer.from(y!, 'base64url'))],
      ]),
    );
  }

  create({ challenge, rp, user }: CreationRequest, deviation: Deviation = {}): Record<string, unknown> {
    this.userHandle = user.id;
    const id = Buffer.from(this.id, 'base64url');
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, this.cose]);
    const authData = this.authenticatorData(rp.id ?? '', FLAGS.attested, deviation, attested);
    const attestation = new Map<string, unknown>([
      ['fmt', deviation.format ?? 'none'],
      ['attStmt', deviation.statement ?? new Map()],
      ['authData', new Uint8Array(authData)],
    ]);
    const attestationObject = Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url');
    const clientDataJSON = this.clientData('webauthn.create', challenge, deviation);
    return this.answer(
      { clientDataJSON, attestationObject, transports: ['internal', 'hybrid'] },
      { prf: { enabled: true } },
    );
  }

  get({ challenge, rpId }: AssertionRequest, deviation: Deviation = {}): Record<string, unknown> {
    this.counter += this.step;
    const authData = this.authenticatorData(rpId ?? '', 0, deviation, Buffer.alloc(0));
    const clientDataJSON = this.clientData('webauthn.get', challenge, deviation);
    const hash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest();
    const signature = sign('sha256', Buffer.concat([authData, hash]), this.key).toString('base64url');
    const userHandle = deviation.userHandle ?? this.userHandle;
    return this.answer(
      { clientDataJSON, authenticatorData: authData.toString('base64url'), signature, userHandle },
      {},
    );
  }

  private answer(response: object, extensions: object): Record<string, unknown> {
    return { id: this.id, rawId: this.id, type: 'public-key', response, clientExtensionResults: extensions };
  }

  private authenticatorData(rpId: string, flags: number, deviation: Deviation, attested: Buffer): Buffer {
    const present = (deviation.present ?? true) ? FLAGS.present : 0;
    const verified = (deviation.verified ?? true) ? FLAGS.verified : 0;
    const copied = this.step === 0 ? FLAGS.eligible | FLAGS.backedUp : 0;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(deviation.counter ?? this.counter);
    const rpIdHash = createHash('sha256')
      .update(deviation.rpId ?? rpId)
      .digest();
    return Buffer.concat([rpIdHash, Buffer.from([flags | present | verified | copied]), counter, attested]);
  }

  private clientData(type: string, challenge: string, deviation: Deviation): string {
    const data = {
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? this.origin,
      crossOrigin: deviation.crossOrigin ?? false,
    };
    return Buffer.from(JSON.stringify(data)).toString('base64url');
  }
}
