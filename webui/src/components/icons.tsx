import { type ComponentChild, h } from 'preact';

/** Signal strength in steps of what is felt: 3 from -60 dBm on, 0 below -80 dBm. */
export const level = (rssi: number): number =>
  rssi < -80 ? 0 : rssi < -70 ? 1 : rssi < -60 ? 2 : 3;

/** Stands to the left of the arcs. */
export const LOCK = 'M-24 11V8a4 4 0 0 1 8 0v3m1 0h-10v8h10z';
export const CHECK = 'm5 13 4 4L19 7';
export const NEXT = 'm9 6 6 6-6 6';
export const BACK = 'm15 6-6 6 6 6';
export const EYE = 'M2 12q10-15 20 0-10 15-20 0M12 9.5a2.5 2.5 0 1 0 .1 0';
export const EYE_SHUT = `${EYE}M4 4l16 16`;
const ARCS = [
  'M12 19h0',
  'M8.5 15.5a5 5 0 0 1 7 0',
  'M5 12a10 10 0 0 1 14 0',
  'M2 8.5a14 14 0 0 1 20 0',
];

/** A drawing. Without a label it is for the eyes only: words stand beside it or name what it is in. */
export const icon = (d: string, look?: string, label?: string, under?: ComponentChild) => (
  <svg viewBox="0 0 24 24" role="img" aria-label={label} aria-hidden={!label} class={look}>
    {under}
    <path d={d} />
  </svg>
);

/** Signal arcs, the first `lit` of three drawn strongly, and what else there is to draw. */
export const arcs = (lit: number, look?: string, label?: string, more = '') =>
  icon(ARCS.slice(0, lit + 1).join('') + more, look, label, <path d={ARCS.join('')} class="off" />);
