// A second reader of WMR1, from PROTOCOL 11.1 and WebCrypto: shares no line with records/envelope/.

interface Opened {
  readonly mediaType: string;
  readonly kind: string;
  readonly size: number;
  readonly bytes: Uint8Array;
}

type Bytes = Uint8Array<ArrayBuffer>;

export async function openByHand(dataKey: Uint8Array, envelope: Uint8Array): Promise<Opened> {
  const { subtle } = globalThis.crypto;
  const all = envelope as Bytes;
  const view = new DataView(all.buffer, all.byteOffset);
  const salt = all.slice(6, 38);
  const start = 42 + view.getUint32(38);
  const master = await subtle.importKey('raw', dataKey as Bytes, 'HKDF', false, ['deriveKey']);
  const key = (info: string) =>
    subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt, info: new TextEncoder().encode(info) },
      master,
      { name: 'AES-GCM', length: 256 },
      false,
      ['decrypt'],
    );
  const open = async (info: string, iv: Bytes, additionalData: Bytes, sealed: Bytes) =>
    new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, await key(info), sealed));
  const header = await open('wardmesh/header/1', new Uint8Array(12), all.slice(0, 42), all.slice(42, start));
  const headerView = new DataView(header.buffer);
  const size = Number(headerView.getBigUint64(0));
  const text = (at: number) => new TextDecoder().decode(header.subarray(at + 2, at + 2 + headerView.getUint16(at)));
  const mediaType = text(8);
  const kind = text(10 + headerView.getUint16(8));
  const bound = new Uint8Array(await subtle.digest('SHA-256', all.slice(0, start)));
  const bytes: number[] = [];
  for (let at = start, i = 0; at < all.length; at += 65_552, i++) {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(7, i);
    iv[11] = at + 65_552 >= all.length ? 1 : 0;
    bytes.push(...(await open('wardmesh/payload/1', iv, bound, all.slice(at, at + 65_552))));
  }
  return { mediaType, kind, size, bytes: Uint8Array.from(bytes.slice(0, size)) };
}
