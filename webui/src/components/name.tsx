import { h } from 'preact';
import { display, type Ssid } from '../api/ssid';

/** A network's name, as text and apart from the direction of what stands around it. */
export const Name = (props: { of: Ssid }) => <bdi>{display(props.of)}</bdi>;
