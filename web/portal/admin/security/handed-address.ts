// The address that another page wants to have explained: addresses are personal data, so none stands in a link. Kept in
// memory for one step, gone with the page.
let handed = '';

export function handAddress(address: string): void {
  handed = address;
}

/** Empty when none was handed. */
export function takeAddress(): string {
  const address = handed;
  handed = '';
  return address;
}
