// The "quiet ward" theme: one petrol accent on cool grey, every pair of colours at or above WCAG 2.2 AA.
// Owns tokens for Mantine; colours of statuses and the focus ring stand in tokens.css.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Ten shades, lightest first, as hex without the sign. */
function shades(list: string): MantineColorsTuple {
  return list.split(' ').map((hex) => `#${hex}`) as unknown as MantineColorsTuple;
}

const SYSTEM_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Ubuntu, 'Helvetica Neue', Arial, sans-serif";

export const theme = createTheme({
  primaryColor: 'ward',
  primaryShade: { light: 6, dark: 5 },
  black: '#16232A',
  colors: {
    ward: shades('E6F4F8 C9E6EE A3D5E3 74C4DB 2F93B0 0E6A86 0B5B73 084659 063646 042733'),
    gray: shades('F5F7F8 EDF0F2 E1E7EA D3DBDF 6B7C86 5F707A 4B5C66 36424A 243038 16232A'),
    dark: shades('E7EEF1 C3CED4 A8B8C0 8A9AA3 6F808A 2A373E 172329 0F181D 0B1216 070C0F'),
    red: shades('FBE7E6 F6CFCC EFA9A5 FA7A72 D9534F B3312E A3201F 8E1B1B 84151A 7A1014'),
  },
  fontFamily: SYSTEM_FONT,
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontFamily: SYSTEM_FONT,
    sizes: {
      h1: { fontSize: '2rem', lineHeight: '1.25' },
      h2: { fontSize: '1.5rem', lineHeight: '1.3' },
      h3: { fontSize: '1.25rem', lineHeight: '1.35' },
    },
  },
  fontSizes: { xs: '0.8125rem', sm: '0.875rem', md: '1rem', lg: '1.25rem', xl: '1.5rem' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '6px', xl: '6px' },
  defaultRadius: 'md',
  respectReducedMotion: true,
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-body': '#F5F7F8' },
  dark: { '--mantine-color-error': '#FA7A72', '--mantine-color-anchor': '#74C4DB' },
});
