import type { Ssid } from './ssid';

/*
 * The replies of the device, as docs/api.md has them: of each what this page reads.
 */

/** open, owe, wep, wpa, wpa2, wpa3, enterprise, unknown, or what a newer device knows. */
export type Security = string;

export interface Device {
  readonly name: string;
  /** The name of its own access point, or its bytes if they are no text. */
  readonly ap_ssid?: string;
  readonly ap_ssid_hex?: string;
  readonly mac: string;
}

export interface ApiError {
  readonly code: string;
}

export interface Failed {
  readonly error: ApiError;
}

/** The newest connection test, as the device tells it. */
export type ConnectReport =
  | { readonly id: number; readonly state: 'idle' }
  | (Ssid & { readonly id: number } & (
        | { readonly state: 'connecting'; readonly phase?: string }
        | { readonly state: 'obtaining_ip' }
        | {
            readonly state: 'connected';
            readonly ip: string;
            readonly rssi?: number;
            readonly saved: boolean;
            /** Why it was not saved. */
            readonly save_error?: ApiError;
          }
        | {
            readonly state: 'failed';
            /** One of the API's reasons, or one that a newer device knows. */
            readonly reason: string;
            readonly raw_reason?: number;
          }
      ));

export interface Status {
  readonly device: Device;
  readonly completed: boolean;
  readonly scan: { readonly scanning: boolean };
  readonly connect: ConnectReport;
}

export type Network = Ssid & {
  /** dBm */
  readonly rssi: number;
  readonly security: Security;
  readonly saved: boolean;
};

export interface ScanReport {
  readonly scanning: boolean;
  /** How old the list is; null while no scan has ended. */
  readonly age_ms: number | null;
  readonly networks: readonly Network[];
  /** The last scan failed; the list, if any, is an older one. */
  readonly error?: unknown;
}

export type SavedNetwork = Ssid;

/** How to join a network: with a password, with the saved one, or with none. */
export interface Credentials {
  readonly password?: string;
  readonly saved?: true;
}

export type ConnectRequest = Ssid & Credentials;
