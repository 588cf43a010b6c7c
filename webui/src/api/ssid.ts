import { key } from './name';

export { display, key, utf8Length } from './name';

/**
 * The name of a network as the API writes it: `ssid` where its 1 to 32 bytes are text, else the
 * bytes as `ssid_hex`. Spread into a request it is what the API takes.
 */
export type Ssid =
  | { readonly ssid: string; readonly ssid_hex?: undefined }
  | { readonly ssid?: undefined; readonly ssid_hex: string };

/** IEEE 802.11-2020, 9.4.2.2: an SSID has at most 32 octets. */
export const MAX_SSID_BYTES = 32;

/** What a list has of a network, if it is in it. */
export const findIn = <T extends Ssid>(list: readonly T[] = [], name: Ssid): T | undefined =>
  list.find((other) => key(other) === key(name));

/** The name alone of what carries one. */
export const nameOf = ({ ssid, ssid_hex }: Ssid) => ({ ssid, ssid_hex }) as Ssid;
