// Who may come in: Host, Origin, token, and which methods are open.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ACCESS } from '../../rpc/access/table.ts';
import { addressKey } from '../../rpc/server/address.ts';
import { nextMessage, openDoor, TOKEN } from './helpers/door.ts';

const HEALTH = { jsonrpc: '2.0', method: 'node_health', id: 1 };

describe('token', () => {
  it('answers every open method without it and refuses every other', async () => {
    const door = await openDoor({ limits: { open: { rate: 1e6, burst: 1e6 } } });
    const open = Object.entries(ACCESS).filter(([, { who }]) => who === 'anyone' || who === 'readers');
    const names = open.map(([method]) => method);
    for (const method of Object.keys(ACCESS)) {
      const { error } = await door.call(method, { query: 'not for this method' });
      if (!names.includes(method)) expect(error.data.code, method).toBe('rpc.unauthorized');
      else expect(error?.data?.code, method).not.toBe('rpc.unauthorized');
    }
    expect(names.length).toBeGreaterThan(10);
  });

  it('opens operator methods', async () => {
    const door = await openDoor();
    expect((await door.call('node_status', {}, TOKEN)).result.clinic).toEqual({
      number: 1,
      name: 'Northside',
      organisation: 1,
      organisationName: 'Aspen',
    });
  });

  it('is refused when wrong, also for methods that need none, and when it is no bearer token', async () => {
    const door = await openDoor();
    for (const authorization of [`Bearer ${'B'.repeat(43)}`, `Bearer ${TOKEN}x`, 'Basic QQ==', 'Bearer ', TOKEN]) {
      const { status, json, headers } = await door.post(HEALTH, { authorization });
      expect(status).toBe(401);
      expect(json.error.data.code).toBe('rpc.bad-token');
      expect(headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  it('is needed for reading the chain when reads are not public, but never for health and the description', async () => {
    const door = await openDoor({ options: { publicReads: false } });
    expect((await door.call('chain_head')).error.data.code).toBe('rpc.unauthorized');
    expect((await door.call('chain_head', {}, TOKEN)).result.height).toBe(11);
    expect((await door.call('node_health')).result.ready).toBe(true);
    expect((await door.call('rpc.discover')).result.openrpc).toBe('1.3.2');
    expect((await door.get('/api/v1/chain/export')).status).toBe(401);
  });

  it('comes as a subprotocol over a WebSocket, and a wrong one is refused', async () => {
    const door = await openDoor();
    const socket = await door.socket(['wardmesh.rpc', `wardmesh.token.${TOKEN}`]);
    expect(socket.protocol).toBe('wardmesh.rpc');
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'node_status', id: 1 }));
    expect((await nextMessage(socket)).result.network).toBe('test');
    await expect(door.socket(['wardmesh.rpc', 'wardmesh.token.wrong'])).rejects.toThrow('401');
  });
});

describe('Host and Origin', () => {
  it('leaves no connection of a refused WebSocket open', async () => {
    const door = await openDoor();
    const socket = connect(door.port, '127.0.0.1');
    const key = 'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==';
    socket.write(
      `GET /rpc HTTP/1.1\r\nhost: evil.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n${key}\r\n\r\n`,
    );
    socket.resume();
    // Ends because the server ends it: this side never does.
    await new Promise((resolve) => socket.once('end', resolve));
    socket.destroy();
  });

  it.each(['localhost', 'localhost:1234', 'LOCALHOST', '127.0.0.1'])('takes the listed host %s', async (host) => {
    const door = await openDoor();
    expect((await door.post(HEALTH, { host })).status).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost:1:2'])(
    'refuses the host "%s" (DNS rebinding)',
    async (host) => {
      const door = await openDoor();
      for (const answer of [await door.post(HEALTH, { host }), await door.get('/metrics', { host })]) {
        expect([400, 403]).toContain(answer.status);
        expect(answer.text).not.toContain('Northside');
      }
      await expect(door.socket([], { host })).rejects.toThrow(/40[03]/);
    },
  );

  it('takes a host that is listed with a port only with that port', async () => {
    const door = await openDoor({ options: { hosts: ['clinic.example:443'] } });
    expect((await door.post(HEALTH, { host: 'clinic.example:443' })).status).toBe(200);
    expect((await door.post(HEALTH, { host: 'clinic.example:444' })).status).toBe(403);
    expect((await door.post(HEALTH, { host: 'clinic.example' })).status).toBe(403);
  });

  it('refuses pages of other origins, also on another port of the same machine and without an origin', async () => {
    const door = await openDoor({ options: { origins: ['http://dev.example:5173'] } });
    const own = `127.0.0.1:${door.port}`;
    for (const origin of [`http://${own}`, `https://${own}`, 'http://dev.example:5173']) {
      expect((await door.post(HEALTH, { origin })).status, origin).toBe(200);
      await door.socket([], { origin });
    }
    for (const origin of ['http://127.0.0.1:1', 'http://evil.example', 'null', `ftp://${own}`, `http://${own}.evil`]) {
      const { status, json } = await door.post(HEALTH, { origin, authorization: `Bearer ${TOKEN}` });
      expect([status, json.error.data.code], origin).toEqual([403, 'rpc.origin']);
      await expect(door.socket([], { origin }), origin).rejects.toThrow('403');
    }
  });

  it('takes calls as application/json only, so that a foreign form cannot make one', async () => {
    const door = await openDoor();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      expect((await door.post(HEALTH, { 'content-type': type })).status, type).toBe(415);
    }
    expect((await door.post(HEALTH, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
  });
});

describe('addresses', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:0:1::1', '2001:db8:0:1'],
    ['2001:0db8:0000:0001:ffff::', '2001:db8:0:1'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('counts %s under %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
