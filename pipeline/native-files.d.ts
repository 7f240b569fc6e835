/** Files that esbuild embeds as bytes. */
declare module '*.bin' {
  const bytes: Uint8Array;
  // biome-ignore lint/style/noDefaultExport: how esbuild's binary loader exports it
  export default bytes;
}
declare module '*/crashseal-rehearse.gz' {
  const bytes: Uint8Array;
  // biome-ignore lint/style/noDefaultExport: how esbuild's binary loader exports it
  export default bytes;
}
