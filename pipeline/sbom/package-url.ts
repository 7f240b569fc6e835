/** Package URLs (purl-spec, types deb and rpm). Pure. */
import type { ToldPackage } from '../seal/told-inputs.ts';

/** Percent-encoded, but for what a purl leaves as it is. */
const encoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');

/** Ubuntu's own packages say so in their version; all others from an archive of .deb files are taken for Debian's. */
const vendorOf = ({ form, version }: ToldPackage): string | undefined => {
  if (form === 'rpm')
    return /\.fc\d+/.test(version) ? 'fedora' : /\.el\d+/.test(version) ? 'redhat' : undefined;
  return /ubuntu/.test(version) ? 'ubuntu' : 'debian';
};

export function packageUrl(from: ToldPackage): string {
  const { architecture, form, name, source, version } = from;
  const vendor = vendorOf(from);
  const [epoch, plain] = form === 'rpm' ? (/^(\d+):(.*)$/.exec(version)?.slice(1) ?? []) : [];
  const qualifiers = [
    ['arch', architecture],
    ['epoch', epoch],
    ['upstream', source === undefined ? undefined : source.replace(' ', '@')],
  ].flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encoded(value)}`]));
  const path = [form, ...(vendor === undefined ? [] : [vendor]), encoded(name)].join('/');
  return `pkg:${path}@${encoded(plain ?? version)}?${qualifiers.join('&')}`;
}
