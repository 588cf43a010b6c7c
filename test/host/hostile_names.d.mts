/** The Big List of Naughty Strings, whole. */
export const naughtyStrings: readonly string[];
export const hostileNames: readonly Buffer[];
export function textOf(name: Buffer): string | undefined;
export function ssidOf(name: Buffer): { ssid: string } | { ssid_hex: string };
