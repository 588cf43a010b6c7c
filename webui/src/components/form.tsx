import { type ComponentChild, h } from 'preact';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { EYE, EYE_SHUT, icon } from './icons';
import { alertOf, networkName } from './parts';

/** A text field that leaves alone what is typed. */
const field = (props: {
  id: string;
  label: string;
  /** What it wants, or what is wrong with what it got. */
  hint: string;
  isWrong: boolean;
  type: 'text' | 'password';
  autocomplete: 'off' | 'current-password';
  autofocus: boolean;
  value: string;
  onText: (text: string) => void;
  beside?: ComponentChild;
}) => (
  <div class="field">
    <label for={props.id}>{props.label}</label>
    <input
      id={props.id}
      type={props.type as 'text'}
      autocomplete={props.autocomplete}
      autocapitalize="none"
      // Spelt so that it becomes an attribute: as a property it is a switch in some browsers, nothing in others.
      autoCorrect="off"
      spellcheck={false}
      enterkeyhint="go"
      autofocus={props.autofocus}
      value={props.value}
      aria-invalid={props.isWrong}
      aria-describedby={`${props.id}-hint`}
      onInput={(event) => props.onText(event.currentTarget.value)}
    />
    {props.beside}
    <small id={`${props.id}-hint`} class={props.isWrong ? 'bad' : ''}>
      {props.hint}
    </small>
  </div>
);

/** Asks for what one network needs. */
export const formView = (portal: Portal) => {
  const { form, failure } = portal;
  const tried = form.tried.value;
  const nameProblem = tried ? form.nameProblem() : '';
  const passwordProblem = tried ? form.passwordProblem() : '';
  const password = form.password.value;
  const isRevealed = form.revealed.value;
  const code = failure.value?.code;
  const hasFailed = !!code;
  const name = form.name.value;
  const security = form.security.value;
  return (
    <main key="form">
      <form
        noValidate
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
          field({
            id: 'name',
            label: t.name,
            hint: nameProblem ? t.nameProblems[nameProblem] : '',
            isWrong: !!nameProblem,
            type: 'text',
            autocomplete: 'off',
            autofocus: !hasFailed,
            value: form.typed.value,
            onText(text) {
              form.typed.value = text;
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
          field({
            id: 'password',
            label: t.password,
            hint: passwordProblem
              ? t.passwordProblems[passwordProblem]
              : hasFailed && /^ | $/.test(password)
                ? t.spaces
                : t.passwordHint,
            isWrong: !!passwordProblem,
            type: isRevealed ? 'text' : 'password',
            autocomplete: 'current-password',
            autofocus: !!name && !hasFailed,
            value: password,
            onText: form.type,
            beside: (
              <button
                type="button"
                class="eye"
                aria-label={t.show}
                aria-pressed={isRevealed}
                onClick={() => {
                  form.revealed.value = !isRevealed;
                }}
              >
                {icon(isRevealed ? EYE : EYE_SHUT)}
              </button>
            ),
          })
        ) : (
          <p>{t.openHint}</p>
        )}
        <button type="submit" class="primary">
          {hasFailed ? t.again : t.connect}
        </button>
        {form.saved.value && !isOpen(security) && code !== 'no_ip' && (
          <button
            type="button"
            onClick={() => {
              form.useSaved.value = !form.useSaved.value;
            }}
          >
            {form.useSaved.value ? t.useOther : t.useSaved}
          </button>
        )}
        {hasFailed && (
          <button type="button" onClick={portal.back}>
            {t.another}
          </button>
        )}
      </form>
    </main>
  );
};
