// Style sheets as Vite gives them to modules.
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  // biome-ignore lint/style/noDefaultExport: the form in which Vite gives style sheets
  export default classes;
}
declare module '*.css';
