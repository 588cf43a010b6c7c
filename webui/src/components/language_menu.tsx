import { t } from '../locales';
import type { Languages } from '../models/languages';
import { Icon } from './icon';
import { GLOBE } from './paths';

/** A menu of the languages that the device has: the browser's own, over a drawing. Another language is another page. */
export function LanguageMenu({ languages }: { languages: Languages }) {
  const { tags, names } = languages;
  if (!tags[1]) return null;
  const current = document.documentElement.lang;
  return (
    <>
      <select
        aria-label={t.language}
        onChange={(event) => {
          location.replace(`?lang=${event.currentTarget.value}`);
        }}
      >
        {tags.map((tag, index) => (
          <option key={tag} value={tag} lang={tag} selected={tag === current}>
            {names.value[index] || tag}
          </option>
        ))}
      </select>
      <Icon path={GLOBE} class="mark" />
    </>
  );
}
