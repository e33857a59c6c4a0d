// A forgotten password, as somebody has it who knows the e-mail address alone: asks for the link, follows it out of the
// mail, and sets another one.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { partsOf, type SmtpFixture } from '../../mail/smtp.ts';

/** Flags of a node that sends its mails there. */
export function mailFlags({ port }: SmtpFixture): Record<string, string> {
  return {
    'mail-host': '127.0.0.1',
    'mail-port': String(port),
    'mail-security': 'none',
    'mail-from': 'wardmesh@northside.example',
  };
}

/** The password is changed when it resolves. Gives the link. */
export async function resetByMail(
  page: Page,
  url: string,
  { mails }: SmtpFixture,
  person: { readonly email: string; readonly password: string },
): Promise<string> {
  const links = () =>
    mails
      .filter(({ to }) => to.includes(person.email))
      .flatMap(({ raw }) => /\/reset#[\w-]+/.exec(partsOf(raw).text) ?? []);
  const before = links().length;
  await page.goto(`${url}/reset`);
  await page.getByLabel('User name or e-mail address').fill(person.email);
  await page.getByRole('button', { name: 'Send the link', exact: true }).click();
  await page.getByRole('heading', { name: 'Look at your mail' }).waitFor();
  await expect.poll(() => links().length).toBe(before + 1);
  const link = `${url}${links()[before]}`;
  await typeNewPassword(page, link, person.password);
  await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();
  return link;
}

export async function typeNewPassword(page: Page, link: string, password: string): Promise<void> {
  // Addresses that differ after the # alone are no other page.
  await page.goto('about:blank');
  await page.goto(link);
  await page.locator('#new-password').fill(password);
  await page.getByRole('button', { name: 'Change password', exact: true }).click();
}
