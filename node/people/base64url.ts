// Bytes as text that stands unchanged in links, cookies and WebAuthn: base64url without padding (RFC 4648, 5).

export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Never throws: what is no base64url gives other bytes than were sent, which fit nothing. */
export function fromBase64Url(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
