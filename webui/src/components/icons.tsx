import { h } from 'preact';

/** Signal strength in steps of what is felt: 3 from -60 dBm on, 0 below -80 dBm. */
export const level = (rssi: number): number =>
  rssi < -80 ? 0 : rssi < -70 ? 1 : rssi < -60 ? 2 : 3;

const Icon = (props: { class?: string; children: preact.ComponentChildren }) => (
  <svg viewBox="0 0 24 24" aria-hidden="true" class={props.class}>
    {props.children}
  </svg>
);

/** Signal arcs, the first `lit` of three drawn strongly. */
export const Arcs = (props: { lit: number; class?: string }) => (
  <Icon class={props.class}>
    {[
      'M12 19h0',
      'M8.6 15.4a5 5 0 0 1 6.8 0',
      'M5.4 11.8a9.6 9.6 0 0 1 13.2 0',
      'M2.2 8.2a14.2 14.2 0 0 1 19.6 0',
    ].map((path, index) => (
      <path key={path} d={path} class={index > props.lit ? 'off' : ''} />
    ))}
  </Icon>
);

export const Lock = () => (
  <Icon>
    <path d="M8 11V8a4 4 0 0 1 8 0v3M7 11h10v8H7z" />
  </Icon>
);

export const Check = (props: { class?: string }) => (
  <Icon class={props.class}>
    <path d="m5 13 4.5 4.5L19 7" />
  </Icon>
);

export const Unsure = (props: { class: string }) => (
  <Icon class={props.class}>
    <path d="M9 9a3 3 0 1 1 4.5 2.6Q12 12.5 12 14M12 18h0" />
  </Icon>
);

export const Eye = (props: { open: boolean }) => (
  <Icon>
    <path d="M2 12q10-15 20 0-10 15-20 0M12 9.5a2.5 2.5 0 1 0 .1 0" />
    {props.open || <path d="m4 4 16 16" />}
  </Icon>
);
