/** A drawing for the eyes alone: words stand beside it, or name the control that it is in. */
export function Icon({ path, class: look }: { path: string; class?: string }) {
  return (
    <svg viewBox="0 0 24 24" class={look} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
