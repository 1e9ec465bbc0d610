/** Internet addresses as people write them. */

/** 4 or 16 bytes; null for a text that is no address. */
export function readAddress(text: string): Uint8Array | null {
  return text.includes(':') ? readIp6(text) : readIp4(text);
}

function readIp4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return null;
  return Uint8Array.from(parts, Number);
}

/** RFC 4291: groups of four hex digits, one run of zeros left out, the end perhaps as an IPv4 address. */
function readIp6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [front, back] = halves.map((half) => groupsOf(half));
  if (front === null || front === undefined || back === null) return null;
  const missing = 16 - front.length - (back?.length ?? 0);
  if (back === undefined ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...front, ...Array.from({ length: missing }, () => 0), ...(back ?? [])]);
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const dotted = i === groups.length - 1 && group.includes('.') ? readIp4(group) : null;
    if (dotted !== null) bytes.push(...dotted);
    else if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    else bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
  }
  return bytes;
}

/** `10.0.0.0/8`; an address alone is a prefix of its full length. Bits behind the prefix must be zero. */
export function readPrefix(text: string): { readonly address: Uint8Array; readonly bits: number } | null {
  const [name = '', length, ...more] = text.split('/');
  const address = readAddress(name);
  if (address === null || more.length > 0) return null;
  const all = address.length * 8;
  const bits = length === undefined ? all : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (bits < 0 || bits > all) return null;
  for (let bit = bits; bit < all; bit++) if (((address[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) return null;
  return { address, bits };
}

/** `10.0.0.1:80` or `[2001:db8::1]:80`. */
export function readEndpoint(text: string): { readonly address: Uint8Array; readonly port: number } | null {
  const found = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const address = readAddress(found?.['six'] ?? found?.['four'] ?? '');
  const port = Number(found?.['port'] ?? -1);
  if (address === null || port < 0 || port > 0xffff) return null;
  if ((found?.['six'] === undefined) !== (address.length === 4)) return null;
  return { address, port };
}
