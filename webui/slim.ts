import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/*
 * Preact and signals serve far more than this page asks of them, and the page must fit a slow radio
 * and a small flash. So the build takes their readable sources and leaves out what this page never
 * uses. Every line below must be found in the pinned sources, or the build fails; the end-to-end
 * tests run on the outcome.
 */

type Cut = readonly [found: string | RegExp, becomes: string];

const never = (...found: string[]): Cut[] => found.map((text) => [text, 'false'] as const);
const without = (...found: (string | RegExp)[]): Cut[] => found.map((text) => [text, ''] as const);

/** Arguments that are handed down for what has been left out. */
const UNUSED: Cut = [
  /^\t+(globalContext|excessDomChildren|commitQueue|isHydrating|refQueue),?$/gm,
  '',
];

const CUTS: Readonly<Record<string, readonly Cut[]>> = {
  'preact/src/diff/index.js': [
    // No plug-ins look on.
    ...without(
      'if ((tmp = options._diff)) tmp(newVNode);',
      'if ((tmp = options.diffed)) tmp(newVNode);',
    ),
    ...never('options.unmount'),
    // Nothing is hydrated or suspended.
    ...never('oldVNode._flags & MODE_SUSPENDED', '(r = r._excess)'),
    ...without('if (resumed) resumed.some(removeNode);', /if \(isHydrating\) \{[\s\S]*?\n\t\t\}/),
    ['!isHydrating', 'true'],
    // A component is a function of its properties: no class, state or context, and an error is final.
    [
      /let oldCommitQueueLength[\s\S]*?const renderResult =/,
      '{ tmp = newType(newVNode.props); const renderResult =',
    ],
    [/if \(newProps\._parentDom\) \{[\s\S]*?(?=oldDom = diffChildren)/, ''],
    [
      /if \(newProps\._parentDom\) \{[\s\S]*?\} catch \(e\) \{[\s\S]*?(?=\} else \{\n\t\toldDom = newVNode\._dom)/,
      '}',
    ],
    [/export function commitRoot[\s\S]*?\n}\n/, 'export function commitRoot() {}'],
    [/if \(\(r = vnode\._component\)\) \{[\s\S]*?\n\t\}\n/, ''],
    ['skipRemove && !vnode.props._parentDom', 'skipRemove'],
    // The page starts from an empty body: no element of another's making is taken over.
    [/if \(excessDomChildren\) \{\n\t\tfor[\s\S]*?\n\t\}\n/, ''],
    ['\t\texcessDomChildren = NULL;', ''],
    [
      /excessDomChildren =\n\t+nodeType == 'textarea'[\s\S]*?(?=\n\t\tfor \(i in oldProps\) \{)/,
      '',
    ],
    [/excessDomChildren\n\t+\? excessDomChildren\[0\]\n\t+: /, ''],
    ['if (excessDomChildren) excessDomChildren.some(removeNode);', ''],
    // No references to elements.
    [/if \(\(r = vnode\.ref\)[\s\S]*?\n\t\}\n/, ''],
    // Text, never HTML; no MathML, no HTML in SVG, no templates; of the inputs, the common ones.
    ...never(
      "i == 'dangerouslySetInnerHTML'",
      "nodeType == 'math'",
      "nodeType == 'foreignObject'",
      '(namespace == MATH_NAMESPACE && MATHML_TOKEN_ELEMENTS.test(nodeType))',
      "(nodeType == 'template' && dom.content)",
      "nodeType == 'textarea'",
      "nodeType == 'progress'",
      "i == 'value' && 'defaultValue' in newProps",
      "i == 'checked' && 'defaultChecked' in newProps",
    ),
    [/,\n\t+newProps\.is \? newProps : parentDom/, ''],
    ['if (newHtml)', 'if (false)'],
    ['if (oldHtml)', 'if (false)'],
    UNUSED,
  ],
  'preact/src/diff/children.js': [
    ...never(
      'oldVNode.ref != childVNode.ref || oldVNode._flags & REF_DETACHED',
      'parentVNode.props._parentDom',
      'oldDom.nodeType == 8',
      'next && next.nodeType == 8',
      'parentDom.moveBefore',
      "typeof childVNode == 'function'",
      'childVNode.constructor === String',
      'childVNode.constructor === VNODE_MARKER && childVNode._depth',
    ),
    ...without('childVNode._depth = newParentVNode._depth + 1;'),
    UNUSED,
  ],
  'preact/src/diff/props.js': [
    ...never("name == 'style'", 'options.event', "name == 'popover'"),
    ["useCapture = name != (name = name.replace(CAPTURE_REGEX, '$1'));", ''],
    [', useCapture', ''],
    [
      /if \(namespace == SVG_NAMESPACE\) \{[\s\S]*?\} else if \(/,
      'if (namespace != SVG_NAMESPACE && ',
    ],
    [/name != 'width'[\s\S]*?name in dom/, 'name in dom'],
    ["if (typeof value == 'function') return;", ''],
    // No handler is attached to an element that the event has yet to reach.
    [/if \(e\[EVENT_DISPATCHED\] == NULL\) \{[\s\S]*?return;\n\t+\}/, ''],
    ['(dom._attached || (dom._attached = {}))[name] = eventClock;', ''],
    ['let EVENT_DISPATCHED = Symbol();', ''],
  ],
  'preact/src/component.js': [
    [/BaseComponent\.prototype\.setState[\s\S]*BaseComponent\.prototype\.render = Fragment;/, ''],
    [' && !vnode.props._parentDom', ''],
  ],
  'preact/src/render.js': [
    [
      /\tdiff\([\s\S]*?\);/,
      'diff(parentDom, parentDom._children, oldVNode || EMPTY_OBJ, parentDom.namespaceURI, oldVNode ? oldVNode._dom : NULL);',
    ],
    ...never('options._root', 'parentDom.nodeType == 9', 'vnode && vnode._flags & MODE_HYDRATE'),
  ],
  'preact/src/create-element.js': [
    ...never('!original && options.vnode', "i == 'ref'"),
    ...without('_depth: 0,'),
  ],
  'preact/src/options.js': [['_catchError\n', '']],
  '@preact/signals-core/src/index.ts': [
    // Signals and effects only: nothing derived, nobody told of being watched, no other access.
    [/Computed\.prototype = new Signal[\s\S]*?\/\/#endregion Computed/, ''],
    // No value is taken back within a batch, and no effect asks to clean up.
    ...without(
      'recordBatchSnapshot(this);',
      '\treconcileBatchSnapshots();',
      'this._batchSnapshotVersion = 0;',
    ),
    ['currentBatchSnapshotVersion = ++batchSnapshotVersion;', ''],
    [/const cleanup = effect\._cleanup;[\s\S]*?\n\t\}\n\}/, '}'],
    [/const cleanup = this\._fn\(\);[\s\S]*?\n\t\t\}/, 'this._fn();'],
    ['this._cleanup = undefined;', ''],
    // An error in the one effect is final, and it sets no signals itself.
    [/try \{\s*(effect\._callback\(\);)\s*\} catch[\s\S]*?\n\t{4}\}/, '$1'],
    [/if \(hasError\) \{[\s\S]*?\n\t\}/, ''],
    [
      /(if \(batchIteration > 100\)|if \(this\._flags & RUNNING\)|if \(evalContext !== this\)) \{[\s\S]*?\}/g,
      '',
    ],
    [/!node\._source\._refresh\(\) \|\|[\s\S]*?(?=\n\t\t\))/, 'false'],
    [/Signal\.prototype\._refresh = [\s\S]*?\n\};/, ''],
    [
      /try \{\s*(effect\._callback\(\);)\s*\} catch \(err\) \{\s*effect\._dispose[\s\S]*?\n\t\}/,
      '$1',
    ],
    [/if \(capturedEffects\) \{[\s\S]*?\n\t\}/, ''],
    [/\n\tcomputed,|\n\tComputed,/g, ''],
    [/untracked\(\(\) => \{\s*this\._(un)?watched\?\.call\(this\);\s*\}\);/g, ''],
    [/this\._(un)?watched = options\?\.(un)?watched;/g, ''],
    ['this.name = options?.name;', ''],
    ['Signal.prototype.brand = BRAND_SYMBOL;', ''],
    [
      /Signal\.prototype\.subscribe[\s\S]*?(?=Object\.defineProperty\(Signal\.prototype, "value")/,
      '',
    ],
    [/Effect\.prototype\.dispose = [\s\S]*?\n};/, ''],
    ['(dispose as any)[Symbol.dispose] = dispose;', ''],
  ],
};

const source = (path: string) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

export function slim(): Plugin {
  return {
    name: 'slim',
    enforce: 'pre',
    config: () => ({
      resolve: {
        alias: {
          preact: source('preact/src/index.js'),
          '@preact/signals-core': source('@preact/signals-core/src/index.ts'),
        },
      },
    }),
    transform(code, id) {
      const entry = Object.entries(CUTS).find(([file]) => id.endsWith(file));
      if (!entry) return null;
      let result = code;
      for (const [found, becomes] of entry[1]) {
        const before = result;
        result =
          typeof found === 'string'
            ? result.replaceAll(found, becomes)
            : result.replace(found, becomes);
        if (result === before) this.error(`${found} is not in ${entry[0]}`);
      }
      return { code: result, map: null };
    },
  };
}
