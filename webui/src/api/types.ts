import type { Ssid } from './ssid';

export type Security = 'open' | 'owe' | 'wep' | 'wpa' | 'wpa2' | 'wpa3' | 'enterprise' | 'unknown';

export interface Device {
  readonly name: string;
  readonly ap_ssid: string;
  readonly mac: string;
}

/** The newest connection test, as the device tells it. */
export type ConnectReport =
  | { readonly id: number; readonly state: 'idle' }
  | {
      readonly id: number;
      readonly name: Ssid;
      readonly state: 'connecting';
      readonly phase: 'finding' | 'authenticating';
    }
  | { readonly id: number; readonly name: Ssid; readonly state: 'obtaining_ip' }
  | {
      readonly id: number;
      readonly name: Ssid;
      readonly state: 'connected';
      readonly ip: string;
      readonly rssi?: number;
      readonly saved: boolean;
      /** Why it was not saved. */
      readonly saveError?: string;
    }
  | {
      readonly id: number;
      readonly name: Ssid;
      readonly state: 'failed';
      /** One of the API's reasons, or one that a newer device knows. */
      readonly reason: string;
      readonly raw_reason?: number;
    };

export interface Status {
  readonly device: Device;
  readonly completed: boolean;
  readonly scanning: boolean;
  readonly connect: ConnectReport;
}

export interface Network {
  readonly name: Ssid;
  /** dBm */
  readonly rssi: number;
  readonly security: Security;
  readonly saved: boolean;
}

export interface ScanReport {
  readonly scanning: boolean;
  /** How old the list is; null while no scan has ended. */
  readonly age_ms: number | null;
  readonly networks: readonly Network[];
  /** The last scan failed; the list, if any, is an older one. */
  readonly failed: boolean;
}

export interface SavedNetwork {
  readonly name: Ssid;
}

/** How to join a network: with a password, with the saved one, or with none. */
export interface Credentials {
  readonly password?: string;
  readonly saved?: true;
}

export type ConnectRequest = Ssid & Credentials;
