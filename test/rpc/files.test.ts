// Files at the doors: uploads as they come, downloads whole and in part, refusals that the sender can read.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../common/errors.ts';
import { createClient } from '../../rpc/client.ts';
import type { CallContext, FileDoor, OpenFile } from '../../rpc/ports.ts';
import { byteRange } from '../../rpc/rest/byte-range.ts';
import { collected, inParts, madeUpBytes } from '../helpers/streams.ts';
import { TinySessions } from '../helpers/tiny-sessions.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { openDoor, TOKEN } from './helpers/door.ts';

const operator = { authorization: `Bearer ${TOKEN}` };
const octets = { ...operator, 'content-type': 'application/octet-stream' };
const bytes = madeUpBytes(700_000);

class Refusal extends CodedError<{ code: string }> {}

class MadeUpFiles implements FileDoor {
  readonly taken: Uint8Array[] = [];
  readonly signals: AbortSignal[] = [];
  given = 0;
  refusal: string | undefined;
  held: Promise<void> | undefined;

  async upload(size: number, source: AsyncIterable<Uint8Array>) {
    if (this.refusal !== undefined) throw new Refusal({ code: this.refusal });
    this.taken.push(await collected(source));
    return { upload: '0a'.repeat(16), mediaType: 'image/png', size };
  }

  async uploadSealed(size: number) {
    return { cid: 'b', size };
  }

  async open(download: string, { signal }: CallContext): Promise<OpenFile> {
    this.signals.push(signal);
    if (download !== 'known') throw new Refusal({ code: 'download.unknown' });
    const files = this;
    return {
      ...{ mediaType: 'application/pdf', name: 'Röntgen "1".pdf', size: bytes.length, tag: 'bafy' },
      read: async function* (offset, length) {
        if (files.refusal !== undefined) throw new Refusal({ code: files.refusal });
        for (let at = offset; at < offset + length; at += 65_536) {
          files.given++;
          if (at > offset) await files.held;
          yield bytes.subarray(at, Math.min(offset + length, at + 65_536));
        }
      },
    };
  }

  async car() {
    return (async function* () {
      yield bytes;
    })();
  }
}

async function opened(limits = {}) {
  const files = new MadeUpFiles();
  return { files, door: await openDoor({ modules: { files }, limits }) };
}

async function put(url: string, body: Uint8Array, headers: Record<string, string> = octets) {
  const response = await fetch(`${url}/api/v1/uploads`, { method: 'PUT', headers, body: new Uint8Array(body) });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe('an upload', () => {
  it('passes byte for byte, larger than what a call may be', async () => {
    const { files, door } = await opened({ operatorBodyBytes: 1000 });
    const { status, json } = await put(door.url, bytes);
    expect([status, json]).toEqual([201, { upload: '0a'.repeat(16), mediaType: 'image/png', size: bytes.length }]);
    expect(Buffer.compare(files.taken[0], bytes)).toBe(0);
  });

  it('says its length first', async () => {
    const { door } = await opened();
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...octets, 'transfer-encoding': 'chunked' };
      const request = httpRequest(`${door.url}/api/v1/uploads`, { method: 'PUT', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end('abc');
    });
    expect(answer).toBe(411);
  });

  it.each([
    ['upload.type', 415],
    ['upload.too-large', 413],
    ['upload.full', 429],
    ['store.disk-full', 507],
  ])('that is refused with %s is told so while it is still being sent', async (code, expected) => {
    const { files, door } = await opened();
    files.refusal = code;
    const { status, json } = await put(door.url, madeUpBytes(3_000_000));
    expect([status, json['code']]).toEqual([expected, code]);
  });

  it('goes on for longer than a call may take to come, which is cut', async () => {
    const { files, door } = await opened({ requestTimeoutMs: 100 });
    const slow = (line: string, type: string, token = TOKEN) => {
      const socket = connect(door.port, '127.0.0.1');
      socket.write(`${line} HTTP/1.1\r\nhost: 127.0.0.1:${door.port}\r\nauthorization: Bearer ${token}\r\n`);
      socket.write(`content-type: application/${type}\r\ncontent-length: 4\r\n\r\nab`);
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      return { socket, text: () => text };
    };
    const call = slow('POST /rpc', 'json');
    const upload = slow('PUT /api/v1/uploads', 'octet-stream');
    const refused = slow('PUT /api/v1/uploads', 'octet-stream', 'B'.repeat(43));
    await waitFor(() => call.text().startsWith('HTTP/1.1 408'));
    // Not one that was refused.
    await waitFor(() => refused.socket.destroyed);
    expect(refused.text()).toMatch(/^HTTP\/1\.1 401/);
    upload.socket.write('cd');
    await waitFor(() => upload.text().startsWith('HTTP/1.1 201'));
    expect(files.taken[0].toString()).toBe([97, 98, 99, 100].toString());
    upload.socket.destroy();
  });
});

describe('a download', () => {
  const path = '/api/v1/downloads/known';

  it('is given whole, to be saved and not shown', async () => {
    const { door } = await opened();
    const response = await fetch(`${door.url}${path}`, { headers: operator });
    expect(response.status).toBe(200);
    expect(Buffer.compare(new Uint8Array(await response.arrayBuffer()), bytes)).toBe(0);
    const { headers } = response;
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-disposition')).toBe(
      'attachment; filename="R_ntgen _1_.pdf"; filename*=UTF-8\'\'R%C3%B6ntgen%20%221%22.pdf',
    );
  });

  it('is given in parts, and goes on where it broke off only while it is the same file', async () => {
    const { files, door } = await opened();
    const part = async (headers: Record<string, string>) => {
      const response = await fetch(`${door.url}${path}`, { headers: { ...operator, ...headers } });
      return { response, body: new Uint8Array(await response.arrayBuffer()) };
    };
    const { response, body } = await part({ range: 'bytes=100000-100999', 'if-range': '"bafy"' });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 100000-100999/700000']);
    expect(Buffer.compare(body, bytes.subarray(100_000, 101_000))).toBe(0);
    expect(files.given).toBe(1);
    expect((await part({ range: 'bytes=5-', 'if-range': '"another"' })).response.status).toBe(200);
    const beyond = await part({ range: 'bytes=700000-' });
    expect([beyond.response.status, beyond.response.headers.get('content-range')]).toEqual([416, 'bytes */700000']);
  });

  it('comes by the client from where it broke off, and whole where it is another file', async () => {
    const { door } = await opened();
    const client = createClient({ url: door.url, token: TOKEN });
    const sent = await client.upload(new Blob([new Uint8Array(bytes)]));
    expect(sent.size).toBe(bytes.length);
    const begun = await client.download('known', { offset: 600_000, tag: '"bafy"' });
    expect(begun).toMatchObject({ offset: 600_000, size: bytes.length, name: 'Röntgen "1".pdf' });
    expect(Buffer.compare(await collected(begun.bytes), bytes.subarray(600_000))).toBe(0);
    const anew = await client.download('known', { offset: 600_000, tag: '"other"' });
    expect(anew.offset).toBe(0);
    expect(Buffer.compare(await collected(anew.bytes), bytes)).toBe(0);
    await expect(client.download('other')).rejects.toMatchObject({ code: 'download.unknown' });
    client.close();
  });

  it('is refused with its reason, also when that shows with the first bytes', async () => {
    const { files, door } = await opened();
    expect((await door.get('/api/v1/downloads/other', operator)).json.code).toBe('download.unknown');
    files.refusal = 'record.refused';
    const { status, json } = await door.get(path, operator);
    expect([status, json.code]).toEqual([403, 'record.refused']);
  });

  it('stops where its reader does, and one caller has few at a time', async () => {
    const { files, door } = await opened();
    const { promise, resolve } = Promise.withResolvers<void>();
    files.held = promise;
    const gone = new AbortController();
    const open = Array.from({ length: 8 }, () =>
      fetch(`${door.url}${path}`, { headers: operator, signal: gone.signal }),
    );
    await Promise.all(open);
    expect((await door.get(path, operator)).status).toBe(503);
    gone.abort();
    await waitFor(() => files.signals.every(({ aborted }) => aborted));
    resolve();
    await waitFor(async () => (await door.get(path, operator)).status === 200);
  });
});

describe('a caller that leaves while it is asked who this is', () => {
  it.each([
    ['GET', '/api/v1/downloads/known', 8],
    ['POST', '/api/v1/me/takeout', 2],
    ['GET', '/api/v1/chain/export', 2],
  ])('keeps no place: %s %s', async (method, path, places) => {
    const sessions = new TinySessions();
    const cookie = `wardmesh-1-0a1b2c3d=${sessions.start({ roles: ['patient'] })}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    const find = sessions.find.bind(sessions);
    sessions.find = async (secret) => {
      const found = await find(secret);
      await promise;
      return found;
    };
    const takeout = { openOwn: async () => inParts(bytes) } as never;
    const door = await openDoor({ modules: { files: new MadeUpFiles(), takeout, sessions } });
    const ask = (signal?: AbortSignal) =>
      fetch(`${door.url}${path}`, { method, headers: { cookie, origin: door.url }, signal });
    const gone = new AbortController();
    const asked = Array.from({ length: places }, () => ask(gone.signal).catch(() => undefined));
    await waitFor(() => sessions.asked.length === places);
    gone.abort();
    await Promise.all(asked);
    // Later connections tell that the ends of the earlier ones were heard.
    for (let i = 0; i < 3; i++) await door.get('/api/v1/downloads/other', operator);
    resolve();
    const response = await ask();
    await response.body?.cancel();
    expect(response.status).toBe(200);
  });
});

it('property: a range that is asked for lies within the file and is what the header says', () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(2000), fc.nat(2000)).map(([a, b]) => `bytes=${a}-${b}`),
    fc.nat(2000).map((a) => `bytes=-${a}`),
    fc.nat(2000).map((a) => `bytes=${a}-`),
  );
  fc.assert(
    fc.property(text, fc.nat(1000), (header, size) => {
      const range = byteRange(header, size);
      if (range === undefined || range === 'unsatisfiable') return;
      expect(range.offset).toBeGreaterThanOrEqual(0);
      expect(range.length).toBeGreaterThan(0);
      expect(range.offset + range.length).toBeLessThanOrEqual(size);
      const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
      if (first === '') expect(range.offset + range.length).toBe(size);
      else expect(range.offset).toBe(Number(first));
      if (first !== '' && last !== '') expect(range.length).toBeLessThanOrEqual(Number(last) - Number(first) + 1);
    }),
  );
});
