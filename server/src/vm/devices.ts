import type { GivenDevice } from './given.ts';
import type { World } from './world.ts';

/** Bytes of an Ethernet header: hard_header_len of every device here. */
export const LINK_HEADER_BYTES = 14;

/** The loopback device of a fresh network namespace, which every machine has. */
const LOOPBACK: GivenDevice = {
  ifindex: 1,
  name: 'lo',
  mac: new Uint8Array(6),
  mtu: 65536,
  forwarding: false,
  up: true,
  addresses: [],
};

/** The device of a number; null when the user's world has none. */
export function deviceOf({ given }: World, ifindex: number): GivenDevice | null {
  return given.devices.find((device) => device.ifindex === ifindex) ?? (ifindex === 1 ? LOOPBACK : null);
}

/** `eth0 (device 2)`; a device that nobody told about has no name. */
export function deviceName(world: World, ifindex: number): string {
  const device = deviceOf(world, ifindex);
  return device === null ? `device ${ifindex}` : `${device.name} (device ${ifindex})`;
}
