import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TICKET_TTL_MS, Tickets } from '../../../identity/sign-in/tickets.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

interface Steps {
  code: { user: string };
  passkey: { challenge: string };
}

const ended = expect.objectContaining({ code: 'session.ticket' });

function tickets(clock = new ManualClock()) {
  return new Tickets<Steps>({ tries: { code: 3, passkey: 'any' } }, { clock });
}

describe('tickets', () => {
  it('give back what was remembered, to the browser and for the purpose that began', () => {
    const book = tickets();
    const ticket = book.issue('code', 'browser', { user: 'u1' });
    expect(ticket).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(ticket, 'base64url').toString('latin1')).not.toContain('u1');
    expect(book.open(ticket, 'code', 'browser')).toEqual({ user: 'u1' });
    expect(() => book.open(ticket, 'code', 'another')).toThrow(ended);
    expect(() => book.open(ticket, 'passkey', 'browser')).toThrow(ended);
    expect(() => tickets().open(ticket, 'code', 'browser')).toThrow(ended);
  });

  it('end with their time', () => {
    const clock = new ManualClock();
    const book = tickets(clock);
    const ticket = book.issue('code', 'browser', { user: 'u1' });
    clock.advance(TICKET_TTL_MS - 1);
    book.open(ticket, 'code', 'browser');
    clock.advance(1);
    expect(() => book.open(ticket, 'code', 'browser')).toThrow(ended);
    expect(() => book.spend(ticket, 'code', 'browser')).toThrow(ended);
  });

  it('have as many tries as their purpose; being right ends them, once', () => {
    const book = tickets();
    const ticket = book.issue('code', 'browser', { user: 'u1' });
    for (let i = 0; i < 3; i++) book.open(ticket, 'code', 'browser');
    expect(() => book.open(ticket, 'code', 'browser')).toThrow(ended);
    book.spend(ticket, 'code', 'browser');
    expect(() => book.spend(ticket, 'code', 'browser')).toThrow(ended);
    const passkey = book.issue('passkey', 'browser', { challenge: 'c' });
    for (let i = 0; i < 10; i++) book.open(passkey, 'passkey', 'browser');
    book.spend(passkey, 'passkey', 'browser');
    expect(() => book.spend(passkey, 'passkey', 'browser')).toThrow(ended);
    expect(() => book.open(passkey, 'passkey', 'browser')).toThrow(ended);
  });

  it('stay spent until their time is over, however many others come between', () => {
    const clock = new ManualClock();
    const book = tickets(clock);
    const early: string[] = [];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TICKET_TTL_MS / 3 }), (wait) => {
        const ticket = book.issue('code', 'browser', { user: 'u1' });
        clock.advance(wait);
        book.spend(ticket, 'code', 'browser');
        early.push(ticket);
        for (const old of early) expect(() => book.open(old, 'code', 'browser')).toThrow(ended);
      }),
      { numRuns: 40 },
    );
  });

  it('cannot be made up or changed', () => {
    const book = tickets();
    const ticket = book.issue('code', 'browser', { user: 'u1' });
    const changed = fc.tuple(fc.nat(ticket.length - 2), fc.constantFrom('A', 'b', '_')).map(([at, letter]) => {
      return ticket.slice(0, at) + (ticket[at] === letter ? 'C' : letter) + ticket.slice(at + 1);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), changed, fc.constant('A'.repeat(100_000))), (made) => {
        expect(() => book.open(made, 'code', 'browser')).toThrow(ended);
      }),
    );
  });
});
