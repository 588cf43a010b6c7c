import { display, type Ssid } from '../api/ssid';
import type { Device } from '../api/types';

/** The name of the device's own access point. */
export const apName = ({ ap_ssid, ap_ssid_hex }: Device): string =>
  display({ ssid: ap_ssid || '', ssid_hex: ap_ssid_hex } as Ssid);
