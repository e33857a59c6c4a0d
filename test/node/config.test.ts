import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../node/config/load.ts';
import { environmentName, flagName, OPTION_KEYS } from '../../node/config/options.ts';

const thrown = (sources: Parameters<typeof loadConfig>[0]): Record<string, unknown> => {
  try {
    loadConfig(sources);
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('nothing was thrown');
};

describe('configuration', () => {
  it('takes defaults, then the file, then the environment, then flags', () => {
    const file = { http: { port: 1001, host: 'file.example' }, mining: { duty: 0.2 } };
    const environment = { WARDMESH_HTTP_PORT: '1002', WARDMESH_HTTP_HOSTS: 'a.example,b.example' };
    const config = loadConfig({ file, environment, flags: { 'http-port': '1003' } });
    expect(config['http.port']).toBe(1003);
    expect(config['http.host']).toBe('file.example');
    expect(config['http.hosts']).toEqual(['a.example', 'b.example']);
    expect(config['mining.duty']).toBe(0.2);
    expect(config['mining.threads']).toBe(1);
    expect(loadConfig({ file, environment })['http.port']).toBe(1002);
  });

  it('names the offending key and where it came from', () => {
    expect(thrown({ file: { http: { prot: 1 } } })).toMatchObject({
      code: 'config.unknown',
      message: expect.stringContaining('http.prot'),
    });
    for (const [source, sources] of [
      ['configuration file', { file: { http: { port: 'x' } } }],
      ['WARDMESH_HTTP_PORT', { environment: { WARDMESH_HTTP_PORT: 'x' } }],
      ['--http-port', { flags: { 'http-port': '70000' } }],
    ] as const) {
      const error = thrown(sources);
      expect(error.code).toBe('config.invalid');
      expect(String(error.message)).toContain('http.port');
      expect(String(error.message)).toContain(source);
    }
  });

  it('refuses an empty number, a word as a switch and a part of nothing', () => {
    expect(thrown({ environment: { WARDMESH_HTTP_PORT: ' ' } }).code).toBe('config.invalid');
    expect(thrown({ environment: { WARDMESH_EXPLORER_PUBLIC: 'yes' } }).code).toBe('config.invalid');
    expect(thrown({ flags: { 'mining-duty': '0' } }).code).toBe('config.invalid');
    expect(loadConfig({ environment: { WARDMESH_EXPLORER_PUBLIC: 'false' } })['explorer.public']).toBe(false);
  });

  it('has one name for flag, variable and file key of every option', () => {
    for (const key of OPTION_KEYS) {
      expect(environmentName(key)).toBe(`WARDMESH_${flagName(key).replaceAll('-', '_').toUpperCase()}`);
      const value = loadConfig({})[key];
      const [area, name] = key.split('.');
      expect(loadConfig({ file: { [area]: { [name]: value } } })[key]).toEqual(value);
    }
  });

  it('takes the address of the pages without a path, and proxies only as addresses', () => {
    for (const url of ['https://portal.northside.example', 'http://localhost:8641', 'https://[::1]:8641', ''])
      expect(loadConfig({ flags: { 'http-public-url': url } })['http.publicUrl']).toBe(url);
    for (const url of [
      'portal.example',
      'https://a.example/x',
      'https://a@b.example',
      'javascript:alert(1)',
      'https://',
    ])
      expect(thrown({ flags: { 'http-public-url': url } }).code).toBe('config.invalid');
    expect(loadConfig({ flags: { 'http-trusted-proxies': '10.0.0.0/8,::1' } })['http.trustedProxies']).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
    expect(thrown({ flags: { 'http-trusted-proxies': 'all' } }).code).toBe('config.invalid');
  });
});
