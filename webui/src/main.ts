import { effect } from '@preact/signals-core';
import { render } from 'preact';
import { api } from './api/client';
import { app } from './components/app';
import { afterFrame } from './frames';
import { followView, onBack } from './history';
import { createPortal } from './models/portal';
import './style.css';

/*
 * The sign-in windows of iOS and macOS ask only after a navigation whether the network is a free one by
 * now, and then let go of it with a "Done". They do not say which browser they are: all others name
 * Safari, or are Firefox.
 */
const isSignInWindow = !/Safari|Firefox/.test(navigator.userAgent);

const root = document.body;

async function start() {
  // The window's name outlasts a reload, and works where storage does not.
  const portal = createPortal(api, window.name, (ending) => {
    window.name = ending;
    if (isSignInWindow) location.reload();
  });
  let shown = portal.view.value;

  // Back on the device's Wi-Fi, or back from the settings: look at once.
  addEventListener('online', portal.wake);
  document.addEventListener('visibilitychange', portal.wake);
  addEventListener('popstate', () => onBack(portal));

  // Until there is news, the shell says all that is known.
  await portal.start();
  root.textContent = '';
  // Every signal that drawing reads draws again.
  effect(() => {
    const focused = document.activeElement;
    render(app(portal), root);
    const view = portal.view.value;
    const isNew = view !== shown;
    if (isNew) {
      shown = view;
      scrollTo(0, 0);
      followView(portal);
    }
    // What had the focus is gone: the next Tab goes on from the top of what there is now.
    if (isNew || (focused && !focused.isConnected)) {
      // Every view has one.
      const heading = root.querySelector('h1') as HTMLElement;
      heading.tabIndex = -1;
      (root.querySelector<HTMLElement>('[autofocus]') || heading).focus();
    }
  });
}

// The first frame shows the shell.
afterFrame(start);
