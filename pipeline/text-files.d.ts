/** Files that esbuild embeds as text. */
declare module '*.sh' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: how esbuild's text loader exports it
  export default text;
}
