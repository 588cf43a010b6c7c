import { t } from '../locales';
import type { Portal } from '../models/portal';
import { Button } from './button';
import { Icon } from './icon';
import { LanguageMenu } from './language_menu';
import { WAVES } from './paths';
import { DeviceName } from './views';

/** The top of every screen. The mark stands before the header, as in index.html. */
export function Header({ portal }: { portal: Portal }) {
  const screen = portal.screen.value;
  const isAbove = screen === 'form' || screen === 'saved';
  return (
    <>
      {!isAbove && <Icon path={WAVES} class="mark" />}
      <header>
        {isAbove && (
          <Button aria-label={t.back} onClick={portal.back}>
            <i class="arrow">‹</i>
          </Button>
        )}
        <DeviceName name={portal.device.value.name} />
        {screen === 'list' && <LanguageMenu languages={portal.languages} />}
      </header>
    </>
  );
}
