import { type ComponentChild, h, type InputHTMLAttributes } from 'preact';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { EYE, EYE_SHUT, icon } from './icons';
import { alertOf, button, networkName } from './parts';

/** A text field that leaves alone what is typed; under it what is wrong, or else the hint. */
const field = (
  label: string,
  problem: string | false,
  hint: string,
  input: InputHTMLAttributes<HTMLInputElement> & { id: string },
  beside?: ComponentChild,
) => (
  <div class="field">
    <label for={input.id}>{label}</label>
    <input
      autocapitalize="none"
      // Spelt so that it becomes an attribute: as a property it is a switch in some browsers, nothing in others.
      autoCorrect="off"
      spellcheck={false}
      enterkeyhint="go"
      aria-invalid={!!problem}
      aria-describedby={`${input.id}-hint`}
      {...input}
    />
    {beside}
    <small id={`${input.id}-hint`} class={problem ? 'bad' : ''}>
      {problem || hint}
    </small>
  </div>
);

/** Asks for what one network needs. */
export const formView = (portal: Portal) => {
  const { form, failure } = portal;
  const tried = form.tried.value;
  const password = form.password.value;
  const isRevealed = form.revealed.value;
  const code = failure.value?.code;
  const hasFailed = !!code;
  const name = form.name.value;
  const security = form.security.value;
  return (
    <main key="form">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const wrong =
            !portal.submit() &&
            event.currentTarget.querySelector<HTMLElement>('[aria-invalid=true]');
          if (wrong) wrong.focus();
        }}
      >
        <h1>{name ? networkName(name) : t.other}</h1>
        {alertOf(portal)}
        {!name &&
          field(t.name, tried && t.nameProblems[form.nameProblem()], '', {
            id: 'name',
            type: 'text',
            autocomplete: 'off',
            autofocus: !hasFailed,
            value: form.typed.value,
            onInput(event) {
              form.typed.value = event.currentTarget.value;
            },
          })}
        {security === 'unknown' && !form.useSaved.value && (
          <label class="row">
            <input
              type="checkbox"
              checked={!form.secured.value}
              onChange={(event) => {
                form.secured.value = !event.currentTarget.checked;
              }}
            />
            {t.isOpen}
          </label>
        )}
        {form.useSaved.value ? (
          <p>{t.usesSaved}</p>
        ) : form.needsPassword() ? (
          field(
            t.password,
            tried && t.passwordProblems[form.passwordProblem()],
            hasFailed && /^ | $/.test(password) ? t.spaces : t.passwordHint,
            {
              id: 'password',
              type: (isRevealed ? 'text' : 'password') as 'text',
              autocomplete: 'current-password',
              autofocus: !!name && !hasFailed,
              value: password,
              onInput(event) {
                form.type(event.currentTarget.value);
              },
            },
            button(
              icon(isRevealed ? EYE : EYE_SHUT),
              () => {
                form.revealed.value = !isRevealed;
              },
              { class: 'eye', 'aria-label': t.show, 'aria-pressed': isRevealed },
            ),
          )
        ) : (
          <p>{t.openHint}</p>
        )}
        <button type="submit" class="primary">
          {hasFailed ? t.again : t.connect}
        </button>
        {form.saved.value &&
          !isOpen(security) &&
          code !== 'no_ip' &&
          button(form.useSaved.value ? t.useOther : t.useSaved, () => {
            form.useSaved.value = !form.useSaved.value;
          })}
        {hasFailed && button(t.another, portal.back)}
      </form>
    </main>
  );
};
