import { signal } from '@preact/signals';
import { type Api, refusal } from '../api/client';
import { findIn, type Ssid } from '../api/ssid';
import type { Network, ScanReport } from '../api/types';
import { FIRST_ROWS } from '../first/views';
import { afterFrame } from '../frames';
import type { Link } from './link';

/** A name without what is easily mistyped: capitals, spaces at the ends, apostrophes, composed letters. */
const alike = (name: string): string => name.normalize().trim().toLowerCase().replace(/[‘’]/g, "'");

/** The networks around the device. */
export function createScan(api: Api, link: Link) {
  /** Undefined while no scan has ended. */
  const networks = signal<readonly Network[]>();
  /** How many of them are drawn. */
  const visibleRows = signal(FIRST_ROWS);
  const scanning = signal(true);
  const failed = signal(false);
  /** Seconds since the list was made, as of the last news. */
  const age = signal(0);
  let madeAt = 0;
  let isStale = true;
  let neverScanned = true;

  function start() {
    if (scanning.value) return;
    neverScanned = false;
    scanning.value = true;
    link.do(async () => {
      // Refused: a connection test has the radio, as the next status tells.
      if (await refusal(api.startScan())) scanning.value = false;
      else isStale = true;
    });
  }

  /** Draws so many rows, then frame by frame the rest, so that no frame takes long. */
  function showRows(rows = FIRST_ROWS) {
    visibleRows.value = rows;
    if ((networks.value || [])[rows]) afterFrame(() => showRows(2 * rows));
  }

  /** Takes a list from the device. */
  function receive(report: ScanReport) {
    isStale = scanning.value = report.scanning;
    failed.value = !!report.error;
    if (report.age_ms !== null) {
      networks.value = report.networks;
      showRows(visibleRows.value);
      madeAt = performance.now() - report.age_ms;
    } else if (!report.error && neverScanned) {
      start();
    }
    updateAge();
  }

  function updateAge() {
    age.value = Math.floor((performance.now() - madeAt) / 1000);
  }

  return {
    networks,
    visibleRows,
    showRows,
    scanning,
    failed,
    age,
    /** Scans again. */
    start,
    receive,

    /** Which networks are saved has changed: the list is to be fetched again. */
    invalidate() {
      isStale = true;
    },

    /** Takes the news of a status, and fetches the list if it is another one. */
    async update(isScanning: boolean) {
      if (isScanning) isStale = true;
      if (isScanning && networks.value) scanning.value = true;
      else if (isStale) receive(await api.scan());
      updateAge();
    },

    find: (name: Ssid) => findIn(networks.value, name),
    /** The network whose name differs from a typed one by what is easily mistyped. */
    nearest: (typed: string) =>
      (networks.value || []).find(({ ssid }) => ssid && alike(ssid) === alike(typed)),
  };
}

export type Scan = ReturnType<typeof createScan>;
