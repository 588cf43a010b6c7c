import { h } from 'preact';
import { t } from '../locales';
import type { Portal } from '../models/portal';
import { Eye } from './icons';
import { Name } from './name';
import { Alert } from './parts';

/** Under a field: what it wants, or what is wrong with what it got. */
const Hint = (props: { id: string; problem?: string; children?: string }) => (
  <small id={props.id} class={props.problem ? 'problem' : ''}>
    {props.problem || props.children}
  </small>
);

const PROBLEMS = {
  '': '',
  missing: t.passwordMissing,
  length: t.passwordLength,
};

/** Asks for what one network needs. */
export const Form = (props: { portal: Portal }) => {
  const { portal } = props;
  const { form, failure } = portal;
  const tried = form.tried.value;
  const nameProblem = tried && form.nameProblem();
  const passwordProblem = tried ? PROBLEMS[form.passwordProblem()] : '';
  const password = form.password.value;
  const isTyped = !form.name.value;
  const plain = {
    autocapitalize: 'none',
    // A switch in today's browsers, whatever the types say.
    autocorrect: false as unknown as undefined,
    spellcheck: false,
    enterkeyhint: 'go',
  } as const;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const problem =
          !portal.submit() && event.currentTarget.querySelector<HTMLElement>('[aria-invalid=true]');
        if (problem) problem.focus();
      }}
    >
      <h1 tabIndex={-1}>{form.name.value ? <Name of={form.name.value} /> : t.other}</h1>
      <Alert portal={portal} />
      {isTyped && (
        <label class="field">
          {t.name}
          <input
            {...plain}
            autocomplete="off"
            autofocus={!failure.value}
            value={form.typed.value}
            aria-invalid={!!nameProblem}
            aria-describedby="name-hint"
            onInput={(event) => {
              form.typed.value = event.currentTarget.value;
            }}
          />
          <Hint
            id="name-hint"
            problem={nameProblem ? (nameProblem === 'long' ? t.nameLong : t.nameMissing) : ''}
          />
        </label>
      )}
      {form.security.value === 'unknown' && !form.useSaved.value && (
        <fieldset>
          <legend>{t.security}</legend>
          {[true, false].map((secured) => (
            <label key={secured}>
              <input
                type="radio"
                name="security"
                checked={form.secured.value === secured}
                onChange={() => {
                  form.secured.value = secured;
                }}
              />
              <span>{secured ? t.withPassword : t.noPassword}</span>
            </label>
          ))}
        </fieldset>
      )}
      {form.useSaved.value ? (
        <p>{t.usesSaved}</p>
      ) : form.needsPassword() ? (
        <div class="field">
          <label for="password">{t.password}</label>
          <div class="reveal">
            <input
              {...plain}
              id="password"
              type={(form.revealed.value ? 'text' : 'password') as 'password'}
              autocomplete="current-password"
              autofocus={!isTyped && !failure.value}
              value={password}
              aria-invalid={!!passwordProblem}
              aria-describedby="password-hint"
              onInput={(event) => form.type(event.currentTarget.value)}
            />
            <button
              type="button"
              aria-label={t.show}
              aria-pressed={form.revealed.value}
              onClick={() => {
                form.revealed.value = !form.revealed.value;
              }}
            >
              <Eye open={form.revealed.value} />
            </button>
          </div>
          <Hint id="password-hint" problem={passwordProblem}>
            {failure.value && /^ | $/.test(password) ? t.spaces : t.passwordHint}
          </Hint>
        </div>
      ) : (
        <p>{t.openHint}</p>
      )}
      <button type="submit" class="primary">
        {failure.value ? t.again : t.connect}
      </button>
      {form.saved.value && (
        <button
          type="button"
          class="text wide"
          onClick={() => {
            form.useSaved.value = !form.useSaved.value;
          }}
        >
          {form.useSaved.value ? t.useOther : t.useSaved}
        </button>
      )}
    </form>
  );
};
