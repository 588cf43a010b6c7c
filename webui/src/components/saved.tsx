import { h } from 'preact';
import { display, key } from '../api/ssid';
import { t } from '../locales';
import type { Portal } from '../models/portal';
import { alertOf, button, networkName } from './parts';

/** The networks whose password the device keeps. */
export const savedView = (portal: Portal) => {
  const { saved } = portal;
  const networks = saved.networks.value;
  return (
    <main key="saved">
      <h1>{t.savedTitle}</h1>
      {alertOf(portal)}
      {networks[0] ? (
        <ul class="card">
          {networks.map((name) => {
            const id = key(name);
            const isErased = saved.erasing.value === id;
            const isAsked = isErased || saved.asking.value === id;
            return (
              <li key={id} class="row wrap">
                {networkName(name)}
                <small class="grow" role="alert">
                  {isAsked && t.forgetSure}
                </small>
                {isAsked
                  ? button(isErased ? t.forgetting : t.forget, () => saved.forget(name), {
                      class: 'bad',
                      'aria-disabled': isErased,
                    })
                  : button(t.connect, () => portal.connect(name, { saved: true }), {
                      'aria-label': `${t.connect} ${display(name)}`,
                    })}
                {isAsked
                  ? button(t.keep, saved.keep)
                  : button(
                      t.forget,
                      () => {
                        if (!saved.erasing.value) saved.asking.value = id;
                      },
                      {
                        class: 'bad',
                        'aria-label': `${t.forget} ${display(name)}`,
                        'aria-disabled': !!saved.erasing.value,
                      },
                    )}
              </li>
            );
          })}
        </ul>
      ) : (
        <p>{t.savedNone}</p>
      )}
    </main>
  );
};
