import { useRef } from 'preact/hooks';
import { display, key, type Ssid } from '../api/ssid';
import { Button } from '../components/button';
import { FailureAlert } from '../components/failure';
import { Title } from '../components/title';
import { Name } from '../components/views';
import { useKeptFocus } from '../focus';
import { fill, t } from '../locales';
import type { Portal } from '../models/portal';
import { idOf } from '../models/saved';

/** A saved network, or, without one, what deletes all of them. */
function SavedRow({ portal, network }: { portal: Portal; network?: Ssid }) {
  const { saved } = portal;
  const id = idOf(network);
  const name = network && display(network);
  const isDeleting = saved.deleting.value === id;
  const isConfirming = isDeleting || saved.confirming.value === id;
  return (
    <li class="row wrap">
      {network && <Name of={network} />}
      <small class="grow" role="alert">
        {isConfirming && (network ? t.deleteSure : t.deleteAllSure)}
      </small>
      {isConfirming ? (
        <Button class="bad" aria-disabled={isDeleting} onClick={() => saved.delete(network)}>
          {isDeleting ? t.deleting : t.delete}
        </Button>
      ) : (
        network && (
          <Button
            aria-label={fill(t.connectTo, display(network))}
            onClick={() => portal.connect(network, { saved: true })}
          >
            {t.connect}
          </Button>
        )
      )}
      {/* The focus stays here when the question comes, on the answer that deletes nothing. */}
      {isConfirming ? (
        <Button onClick={saved.keep}>{t.keep}</Button>
      ) : (
        <Button
          class="bad"
          aria-label={name && fill(t.deleteName, name)}
          aria-disabled={!!saved.deleting.value}
          onClick={() => saved.confirm(network)}
        >
          {network ? t.delete : t.deleteAll}
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
    const buttons = document.querySelectorAll<HTMLElement>('bdi ~ button:first-of-type');
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
          {portal.saved.mayDeleteAll.value && <SavedRow portal={portal} />}
        </ul>
      ) : (
        <p>{t.noneSaved}</p>
      )}
    </>
  );
}
