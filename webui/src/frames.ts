/**
 * Runs `job` in a task of its own, after the next frame has been drawn: neither the frame nor a touch waits
 * for it. In a page that nobody sees no frame is drawn, and `job` runs at once.
 */
export function afterFrame(job: () => void) {
  if (document.hidden) job();
  else requestAnimationFrame(() => setTimeout(job));
}
