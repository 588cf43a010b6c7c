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
  /** Of its access point. */
  readonly mac: string;
  /** Of its station: the one that a router sees. */
  readonly station_mac?: string;
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
        | { readonly state: 'obtaining_ip'; readonly elapsed_ms?: number }
        | {
            readonly state: 'connected';
            /** None of a network that is kept without one. */
            readonly ip?: string;
            /** The network has the addresses of the device's own access point. */
            readonly same_subnet?: boolean;
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
            /** It may be kept all the same. */
            readonly can_keep?: boolean;
          }
      ));

export interface Status {
  readonly device: Device;
  readonly completed: boolean;
  /** The access point closes once set-up is complete: so does every device that does not say otherwise. */
  readonly ap_shutdown?: boolean;
  readonly scan: { readonly scanning: boolean };
  readonly connect: ConnectReport;
  /** The saved network that the device looks for, or tries to join, by itself. */
  readonly looking_for?: Ssid;
  /** The application lets the page forget all networks. */
  readonly may_forget_all?: boolean;
}

export type Network = Ssid & {
  /** dBm */
  readonly rssi: number;
  /** `2.4` or `5` GHz, of the access point that a test tries first. */
  readonly band?: string;
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

export interface SavedNetworks {
  readonly networks: readonly SavedNetwork[];
}

/** What the device writes into the page, so that the first screen takes no further request. */
export interface FirstState {
  readonly status: Status;
  readonly scan: ScanReport;
  readonly networks: SavedNetworks;
  /** Tags of the languages that the device has. */
  readonly languages?: readonly string[];
}

/** How to connect to a network: with a password, with the saved one, or with none; and of which kind it is. */
export interface Credentials {
  readonly password?: string;
  readonly saved?: true;
  readonly security?: Security;
}

export type ConnectRequest = Ssid & Credentials;
