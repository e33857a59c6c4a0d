// Claims about what a path and a User-Agent are counted by.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf, MAX_ENDPOINT_CHARS } from '../../../gateway/judge/endpoint.ts';
import { oddnessOf } from '../../../gateway/judge/user-agent.ts';
import { BROWSER } from '../visits.ts';

describe('what requests are counted by', () => {
  it('puts one placeholder for what differs from visitor to visitor', () => {
    expect(endpointOf('/patients/17')).toBe('/patients/:v');
    expect(endpointOf('//patients/18/')).toBe('/patients/:v');
    expect(endpointOf('/files/0b9f2c4e-8b1a-4f57-9d7e-0a3a6f4f5e11/page')).toBe('/files/:v/page');
    expect(endpointOf('/appointments/slots')).toBe('/appointments/slots');
    expect(endpointOf('/')).toBe('/');
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (path) => {
        const endpoint = endpointOf(path);
        expect(endpoint.length).toBeLessThanOrEqual(MAX_ENDPOINT_CHARS);
        if (endpoint.length < MAX_ENDPOINT_CHARS) expect(endpointOf(endpoint)).toBe(endpoint);
      }),
    );
  });

  it('finds no User-Agent and made-up ones odd, and those of browsers not', () => {
    expect(oddnessOf(BROWSER)).toBe(0);
    expect(oddnessOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15')).toBe(0);
    expect(oddnessOf('')).toBe(100);
    expect(oddnessOf('curl')).toBe(50);
    expect(oddnessOf('aaaaaaaaaaaaaaaaaaaa')).toBe(80);
    expect(oddnessOf('k3J9x0QpLm27TzVbW8sR')).toBe(80);
  });
});
