/** What stands in an element: texts, and what a `Draw` has made. Nothing comes of `false` and `undefined`. */
export type Child<T> = T | string | number | false | undefined | readonly Child<T>[];

/** Attributes, a `key`, and functions for events. None of those that are `false` or `undefined`. */
export type Properties = Readonly<
  Record<string, string | boolean | undefined | ((event: Event) => void)>
>;

/**
 * Makes an element. Preact's `h` is one of these, and so is `drawElement`: what the first script draws and what the
 * application draws over it comes from the same functions.
 */
export interface Draw<T> {
  (tag: string, properties: Properties | null, ...children: Child<T>[]): T;
  <P extends object>(component: (props: P) => T, props: P & { readonly key?: string }): T;
}

/** Makes an element of the document as Preact would, with its attributes alone. */
export const drawElement = ((
  tag: string | ((props: object | null) => Element),
  properties: Properties | null,
  ...children: Child<Element>[]
) => {
  if (typeof tag === 'function') return tag(properties);
  const element = document.createElement(tag);
  for (const name in properties) {
    const value = properties[name];
    if (value === true) element.setAttribute(name, '');
    else if (typeof value === 'string' && name !== 'key') element.setAttribute(name, value);
  }
  for (const child of children.flat(9) as Child<Element>[])
    if (child !== undefined && child !== false) element.append(child as Element | string);
  return element;
}) as Draw<Element>;
