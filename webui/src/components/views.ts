import { h, type VNode } from 'preact';
import type { Draw } from '../first/draw';
import { viewsOf } from '../first/views';

/** What the first script has drawn already, drawn by Preact. */
export const { SignalIcon, Name, sentence, Heading, DeviceName, linkRow, list } = viewsOf(
  h as Draw<VNode>,
);
