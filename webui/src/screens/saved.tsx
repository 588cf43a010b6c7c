import { useRef } from 'preact/hooks';
import { display, key, type Ssid } from '../api/ssid';
import { Button } from '../components/button';
import { FailureAlert } from '../components/failure';
import { Title } from '../components/title';
import { Name } from '../components/views';
import { useKeptFocus } from '../focus';
import { fill, t } from '../locales';
import type { Portal } from '../models/portal';

function SavedRow({ portal, network }: { portal: Portal; network: Ssid }) {
  const { saved } = portal;
  const id = key(network);
  const name = display(network);
  const isDeleting = saved.deleting.value === id;
  const isConfirming = isDeleting || saved.confirming.value === id;
  return (
    <li class="row wrap">
      <Name of={network} />
      <small class="grow" role="alert">
        {isConfirming && t.deleteSure}
      </small>
      {isConfirming ? (
        <Button class="bad" aria-disabled={isDeleting} onClick={() => saved.delete(network)}>
          {isDeleting ? t.deleting : t.delete}
        </Button>
      ) : (
        <Button
          aria-label={fill(t.connectTo, name)}
          onClick={() => portal.connect(network, { saved: true })}
        >
          {t.connect}
        </Button>
      )}
      {/* The focus stays here when the question comes, on the answer that deletes nothing. */}
      {isConfirming ? (
        <Button onClick={saved.keep}>{t.keep}</Button>
      ) : (
        <Button
          class="bad"
          aria-label={fill(t.deleteName, name)}
          aria-disabled={!!saved.deleting.value}
          onClick={() => saved.confirm(network)}
        >
          {t.delete}
        </Button>
      )}
    </li>
  );
}

/** The saved networks. */
export function SavedScreen({ portal }: { portal: Portal }) {
  const networks = portal.saved.networks.value;
  const before = useRef(networks);
  const gone = before.current.findIndex((network) => !networks.includes(network));
  before.current = networks;
  // The row that took the place of a deleted one, or the last one.
  useKeptFocus(() => {
    const buttons = document.querySelectorAll<HTMLElement>('li button:first-of-type');
    return buttons[gone] || buttons[buttons.length - 1];
  });
  return (
    <>
      <Title portal={portal} text={t.savedNetworks} />
      <FailureAlert portal={portal} />
      {networks[0] ? (
        <ul class="card">
          {networks.map((network) => (
            <SavedRow key={key(network)} portal={portal} network={network} />
          ))}
        </ul>
      ) : (
        <p>{t.noneSaved}</p>
      )}
    </>
  );
}
