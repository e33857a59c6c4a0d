// Every form in which an address of a report or of a judged request could lie in a file: as text, number, in hex, as programs
// write it before it is sealed. Owns no search; four bytes alone occur by chance and are asked for together by bytesOf.
import { parseNetwork } from '../../gateway/address.ts';
import { networkBytes } from '../../gateway/network-codec.ts';
import type { TraceSearch } from './traces.ts';

/** Of an IPv4 address, or of an IPv6 network's prefix. */
export const bytesOf = (address: string): Buffer => Buffer.from(networkBytes(parseNetwork(address)).subarray(2));

/** As reports and entries of the security log begin: 6 or 10 bytes. */
export const networkOf = (address: string): Buffer => Buffer.from(networkBytes(parseNetwork(address)));

export function addAddress(search: TraceSearch, address: string): void {
  const bytes = bytesOf(address);
  search.add(address);
  search.add(Buffer.from(address), address);
  // As a payload begins before it is sealed.
  search.add(Buffer.concat([Buffer.from([1]), networkOf(address), Buffer.from([0])]), address);
  search.add(networkOf(address), address);
  if (bytes.length >= 8) search.add(bytes, address);
  search.add(bytes.toString('hex'), address);
  if (bytes.length === 4) {
    search.add(String(bytes.readUInt32BE()), address);
    search.add(String(bytes.readUInt32LE()), address);
  }
}
