import type { ButtonHTMLAttributes } from 'preact';

/** A button that does what its `onClick` says, and sends no form. */
export function Button(props: ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" {...props} />;
}
