import { t } from '../locales';
import type { Portal } from '../models/portal';
import { Button } from './button';
import { LanguageMenu } from './language_menu';
import { BACK, WAVES } from './paths';
import { DeviceName, Icon } from './views';

export function Header({ portal }: { portal: Portal }) {
  const screen = portal.screen.value;
  return (
    <header>
      {screen === 'form' || screen === 'saved' ? (
        <Button aria-label={t.back} onClick={portal.back}>
          <Icon path={BACK} class="arrow" />
        </Button>
      ) : (
        <Icon path={WAVES} class="mark" />
      )}
      <DeviceName name={portal.device.value.name} />
      {screen === 'list' && <LanguageMenu languages={portal.languages} />}
    </header>
  );
}
