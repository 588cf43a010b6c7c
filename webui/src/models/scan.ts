import { signal } from '@preact/signals-core';
import { type Api, refusal } from '../api/client';
import { findIn, type Ssid } from '../api/ssid';
import type { Network } from '../api/types';
import { afterFrame } from '../frames';
import type { Link } from './link';

/** More than a phone shows at once: the rest of a long list can follow. */
const FIRST_ROWS = 12;

/** The networks around the device. */
export function createScan(api: Api, link: Link) {
  /** Undefined while no scan has ended. */
  const networks = signal<readonly Network[]>();
  /** How many of them are drawn. */
  const room = signal(FIRST_ROWS);
  const scanning = signal(true);
  const failed = signal(false);
  /** ms since the list was made, as of the last news. */
  const age = signal(0);
  let madeAt = 0;
  let stale = true;
  let neverAsked = true;

  function start() {
    if (scanning.value) return;
    neverAsked = false;
    scanning.value = true;
    link.do(async () => {
      // Refused: a connect test has the radio, as the next status tells.
      if (await refusal(api.startScan())) scanning.value = false;
      else stale = true;
    });
  }

  /** Draws so many rows, then frame by frame the rest, so that no frame takes long. */
  function unroll(rows = FIRST_ROWS) {
    room.value = rows;
    if ((networks.value || [])[rows]) afterFrame(() => unroll(2 * rows));
  }

  return {
    networks,
    room,
    unroll,
    scanning,
    failed,
    age,
    /** Looks for networks again. */
    start,

    /** Something changed which networks are saved. */
    touch() {
      stale = true;
    },

    /** Takes the news of a status, and fetches the list if it is another one. */
    async follow(isScanning: boolean) {
      if (isScanning) stale = true;
      if (isScanning && networks.value) {
        scanning.value = true;
      } else if (stale) {
        const report = await api.scan();
        stale = scanning.value = report.scanning;
        failed.value = !!report.error;
        if (report.age_ms !== null) {
          networks.value = report.networks;
          unroll(room.value);
          madeAt = performance.now() - report.age_ms;
        } else if (!report.scanning && !report.error && neverAsked) {
          start();
        }
      }
      age.value = performance.now() - madeAt;
    },

    find: (name: Ssid) => findIn(networks.value, name),
  };
}

export type Scan = ReturnType<typeof createScan>;
