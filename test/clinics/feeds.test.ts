// Programs of others at a clinic's doors, as they are installed: fail2ban's action as a shell runs it, and STIX by an
// operator's key.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const ACTION = fileURLToPath(new URL('../../docker/fail2ban/wardmesh.conf', import.meta.url));
const ADDRESS = '203.0.113.7';
const DAY = 86_400_000;
const sh = promisify(execFile);

let nodes: TestNodes;

beforeAll(async () => {
  nodes = await TestNodes.found({ clinics: 1, config: { feeds: { stix: true } } });
  await nodes.start(1);
});

afterAll(() => nodes?.remove());

const key = async (...scopes: string[]): Promise<string> => {
  const asked = { name: 'a program', scopes, until: Date.now() + DAY, allowedAddresses: [] };
  return (await nodes.client(1).call('apikey_create', asked)).secret;
};
const verdict = async (address = ADDRESS) => (await nodes.client(1).call('threat_check', { address })).verdict;

/** Does what fail2ban does with a line of its action. */
async function act(line: 'actionban' | 'actionunban', values: Record<string, string>): Promise<void> {
  const text = await readFile(ACTION, 'utf8');
  const setting = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(text)?.[1] ?? '';
  const command = setting(line).replace(/<(\w+)>/g, (_, name: string) => values[name] ?? setting(name));
  await sh('sh', ['-c', command]);
}

describe('programs of others', { timeout: 120_000 }, () => {
  it('report by the action of fail2ban and take that back, but nothing that a person decided', async () => {
    const { url, directory } = nodes.clinic(1);
    const keyfile = join(directory, 'wardmesh.key');
    await writeFile(keyfile, `header = "Authorization: Bearer ${await key('threat:report')}"\n`, { mode: 0o600 });
    const values = { node: url, keyfile, ip: ADDRESS };
    await act('actionban', values);
    expect(await verdict()).toBe('block');
    const [report] = (await nodes.client(1).call('threat_list', {})).threats;
    expect(report).toMatchObject({ reason: 'bruteforce', mode: 'automatic' });
    await act('actionban', values);
    expect((await nodes.client(1).call('threat_list', {})).threats).toHaveLength(1);
    await act('actionunban', values);
    expect(await verdict()).toBe('allow');
    await nodes.client(1).call('threat_block', { address: '203.0.113.8', reason: 'bruteforce' });
    await act('actionunban', { ...values, ip: '203.0.113.8' });
    expect(await verdict('203.0.113.8')).toBe('block');
    await expect(act('actionban', { ...values, ip: '127.0.0.1' })).rejects.toThrow(/422/);
  });

  it('read STIX by a key that the operator made, and the firewall list by a key for that', async () => {
    const { url } = nodes.clinic(1);
    const get = async (path: string, secret: string) =>
      (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${secret}` } })).text();
    const [stix, feed] = [await key('feed:stix'), await key('feed:read')];
    await nodes.client(1).call('threat_block', { address: '203.0.113.9', reason: 'scan' });
    const bundle = await waitFor(async () => {
      const { objects } = JSON.parse(await get('/stix/bundle', stix));
      return objects?.find(({ pattern }: { pattern?: string }) => pattern?.includes('203.0.113.9/32'));
    });
    expect(bundle.external_references[1]).toEqual({ source_name: 'mitre-attack', external_id: 'T1595' });
    expect(await get('/lists/blocklist.txt', feed)).toContain('203.0.113.9\n');
    expect(JSON.parse(await get('/stix/bundle', feed)).error.code).toBe('rpc.scope');
  });
});
