import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { isOpen } from '../api/security';
import { display } from '../api/ssid';
import { Button } from '../components/button';
import { FailureAlert } from '../components/failure';
import { Icon } from '../components/icon';
import { EYE, EYE_SHUT } from '../components/paths';
import { Title } from '../components/title';
import { moveFocus, useKeptFocus } from '../focus';
import { fill, t } from '../locales';
import { type Form, hasOuterSpace } from '../models/form';
import type { Portal } from '../models/portal';

/** A text field that the phone leaves as it is typed; under it the problem, or else a hint. */
function Field(props: {
  id: string;
  label: string;
  problem: string | false;
  hint: string | false;
  input: InputHTMLAttributes<HTMLInputElement>;
  children?: ComponentChildren;
}) {
  const { id, problem } = props;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="bar">
        <input
          id={id}
          autocapitalize="none"
          // Spelt so that it becomes an attribute: as a property it is a switch in some browsers, nothing in others.
          autoCorrect="off"
          spellcheck={false}
          enterkeyhint="go"
          aria-invalid={!!problem}
          aria-describedby={`${id}-hint`}
          {...props.input}
        />
        {props.children}
      </div>
      <small id={`${id}-hint`} class={problem ? 'bad' : ''}>
        {problem || props.hint}
      </small>
    </div>
  );
}

function NameField({ form, failed }: { form: Form; failed?: string }) {
  const typed = form.typedName.value;
  return (
    <Field
      id="name"
      label={t.name}
      problem={form.isSubmitted.value && form.nameProblem()}
      hint={failed === 'not_found' && hasOuterSpace(typed) && t.spaces}
      input={{
        type: 'text',
        autocomplete: 'off',
        autofocus: !failed,
        value: typed,
        onInput: (event) => {
          form.typedName.value = event.currentTarget.value;
        },
      }}
    />
  );
}

function PasswordField({ form, failed }: { form: Form; failed?: string }) {
  const password = form.password.value;
  const isShown = form.isPasswordShown.value;
  return (
    <Field
      id="password"
      label={t.password}
      problem={form.isSubmitted.value && form.passwordProblem()}
      hint={failed && hasOuterSpace(password) ? t.spaces : t.passwordHint}
      input={{
        type: (isShown ? 'text' : 'password') as 'text',
        autocomplete: 'current-password',
        autofocus: !!form.name.value && !failed,
        value: password,
        onInput: (event) => form.typePassword(event.currentTarget.value),
      }}
    >
      <Button
        class="eye"
        aria-label={t.showPassword}
        aria-pressed={isShown}
        onClick={() => {
          form.isPasswordShown.value = !isShown;
        }}
      >
        <Icon path={isShown ? EYE : EYE_SHUT} />
      </Button>
    </Field>
  );
}

/** Asks for what one network needs. */
export function FormScreen({ portal }: { portal: Portal }) {
  const { form } = portal;
  const failed = portal.failure.value?.code;
  const name = form.name.value;
  const security = form.security.value;
  const { secret } = form;
  const report = portal.report.value;
  const nearest =
    !name && failed === 'not_found' ? portal.scan.nearest(form.typedName.value) : undefined;
  useKeptFocus();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const page = event.currentTarget;
        if (portal.submit()) return;
        // The field is marked as wrong with the next drawing.
        requestAnimationFrame(() =>
          moveFocus(page.querySelector<HTMLElement>('[aria-invalid=true]')),
        );
      }}
    >
      <Title portal={portal} text={name ? display(name) : t.other} />
      <FailureAlert portal={portal} />
      {nearest && (
        <Button onClick={() => portal.retype(nearest)}>
          {fill(t.connectTo, display(nearest))}
        </Button>
      )}
      {!name && <NameField form={form} failed={failed} />}
      {security === 'unknown' && secret.value !== 'saved' && (
        <label class="row">
          <input
            type="checkbox"
            checked={secret.value === 'none'}
            onChange={(event) => {
              secret.value = event.currentTarget.checked ? 'none' : 'typed';
            }}
          />
          {t.isOpen}
        </label>
      )}
      {secret.value === 'typed' ? (
        <PasswordField form={form} failed={failed} />
      ) : (
        <p>{secret.value === 'saved' ? t.usesSaved : t.openHint}</p>
      )}
      <button type="submit" class="primary">
        {failed ? t.tryAgain : t.connect}
      </button>
      {form.isSaved.value && !isOpen(security) && failed !== 'no_ip' && (
        <Button
          onClick={() => {
            secret.value = secret.value === 'saved' ? 'typed' : 'saved';
          }}
        >
          {secret.value === 'saved' ? t.useOther : t.useSaved}
        </Button>
      )}
      {failed && report.state === 'failed' && report.can_keep && (
        <Button onClick={portal.keep}>{t.keep}</Button>
      )}
      {failed && <Button onClick={portal.back}>{t.chooseOther}</Button>}
    </form>
  );
}
