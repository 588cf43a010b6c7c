import type { ComponentChild } from 'preact';
import { display, type Ssid } from '../api/ssid';
import type { Device } from '../api/types';
import { PLACE } from '../locales';

/** A text with one place in it, and the name that belongs there. */
export function Sentence({ text, name }: { text: string; name: string }): ComponentChild {
  const [before, after] = text.split(PLACE);
  return (
    <>
      {before}
      <bdi>{name}</bdi>
      {after}
    </>
  );
}

/** The name of the device's own access point. */
export const apName = ({ ap_ssid, ap_ssid_hex }: Device): string =>
  display({ ssid: ap_ssid || '', ssid_hex: ap_ssid_hex } as Ssid);
