import type { FunctionComponent } from 'preact';
import { Announcement } from './components/announcement';
import { Header } from './components/header';
import { OfflineBanner } from './components/offline_banner';
import { useFocusOnScreen } from './focus';
import type { Portal, Screen } from './models/portal';
import { ConnectedScreen } from './screens/connected';
import { ConnectingScreen } from './screens/connecting';
import { DoneScreen } from './screens/done';
import { FormScreen } from './screens/form';
import { ListScreen } from './screens/list';
import { SavedScreen } from './screens/saved';

const SCREENS: Readonly<Record<Screen, FunctionComponent<{ portal: Portal }>>> = {
  list: ListScreen,
  form: FormScreen,
  connecting: ConnectingScreen,
  connected: ConnectedScreen,
  saved: SavedScreen,
  done: DoneScreen,
};

/** The page. */
export function App({ portal }: { portal: Portal }) {
  const screen = portal.screen.value;
  const Body = SCREENS[screen];
  useFocusOnScreen(screen);
  return (
    <>
      <Header portal={portal} />
      <main key={screen} class={screen}>
        <Body portal={portal} />
      </main>
      <OfflineBanner portal={portal} />
      <Announcement portal={portal} />
    </>
  );
}
