import { effect } from '@preact/signals-core';
import { h, render } from 'preact';
import { api } from './api/client';
import { App } from './components/app';
import { createPortal } from './models/portal';
import './style.css';

const portal = createPortal(api);
portal.start();

const root = document.body;
// The first drawing looks like the shell that it takes the place of.
root.textContent = '';
let shown = portal.view.value;
// Every signal that drawing reads draws again.
effect(() => {
  const focused = document.activeElement;
  render(<App portal={portal} />, root);
  const view = portal.view.value;
  const isNew = view !== shown;
  if (isNew) {
    shown = view;
    scrollTo(0, 0);
  }
  // What had the focus is gone: the next Tab goes on from the top of what there is now.
  if (isNew || (focused && !focused.isConnected)) {
    const first = root.querySelector<HTMLElement>('[autofocus]') || root.querySelector('h1');
    if (first) first.focus();
  }
});

// Back on the device's Wi-Fi, or back from the settings: look at once.
addEventListener('online', portal.wake);
document.addEventListener('visibilitychange', portal.wake);
