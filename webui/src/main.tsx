import { effect } from '@preact/signals';
import { render } from 'preact';
import { api } from './api/client';
import { App } from './app';
import { lines, state } from './first/main';
import { handOver } from './first/screen';
import { afterFrame } from './frames';
import { followView, onBack } from './history';
import { takeTexts } from './locales';
import { createPortal } from './models/portal';
import './style.css';

/*
 * The sign-in windows of iOS and macOS ask only after a navigation whether the network is a free one by
 * now, and then let go of it with a "Done". They do not say which browser they are: all others name
 * Safari, or are Firefox.
 */
const isSignInWindow = () => !/Safari|Firefox/.test(navigator.userAgent);

async function start() {
  takeTexts(lines);
  const portal = createPortal(api, state, () => {
    if (isSignInWindow()) location.reload();
  });

  // Back on the device's Wi-Fi, or back from the settings: look at once.
  addEventListener('online', portal.pollNow);
  document.addEventListener('visibilitychange', portal.pollNow);
  addEventListener('popstate', () => onBack(portal));
  addEventListener('pageshow', (event) => {
    if (event.persisted) portal.refresh();
  });

  // Until there is news, the shell says all that is known.
  await portal.start();
  // What the first script has drawn stays, and is the application's from here on.
  render(<App portal={portal} />, document.body);
  handOver();
  // They have been read, and Preact leaves in its root what it does not know.
  for (const script of [...document.scripts]) script.remove();
  effect(() => followView(portal));
  portal.languages.findNames();
}

// A list that is there is shown before anything else is done.
if (document.querySelector('h1')) afterFrame(start);
else start();
