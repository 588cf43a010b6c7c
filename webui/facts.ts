/*
 * Preact and signals serve far more than this one page, which has to fit a slow radio and a small
 * flash. Here is what the page never does, as facts about expressions of their sources. The build puts
 * the known value in the place of each, and the minifier then drops what can't run any more
 * (`assume.ts` tells how, and how the facts are checked). With a new version of a library, the build
 * names each expression that it does not find any more.
 */

export interface Facts {
  /** Expressions, and what each always is. Given undefined or true, any false or true value will do. */
  readonly values: Readonly<Record<string, string>>;
  /** Statements, by how they begin, that only serve what is never done; a function in one never runs. */
  readonly idle?: readonly string[];
  /** Expressions that the page does without, and what stands in the place of each: in its tests, too. */
  readonly foregone?: Readonly<Record<string, string>>;
  /** Try statements, by how they begin, whose catch does no more than throw again, or has nothing to catch. */
  readonly calm?: readonly string[];
}

/** What is handed down only for what is never done. Nobody reads it, so nothing checks it. */
export const UNREAD = [
  'globalContext',
  'componentContext',
  'c.context',
  'commitQueue',
  'refQueue',
  'original || ++vnodeId',
  '!oldVNode._original',
  'VNODE_MARKER',
  'ref',
  '_depth: 0',
  '_component: NULL',
  'constructor: VNODE_MARKER',
  '_original: original || ++vnodeId',
  '_version: 0',
  '_source: signal2',
  '_prevSource: evalContext._sources',
  '_nextSource: void 0',
  '_prevTarget: void 0',
  '_nextTarget: void 0',
  '_rollbackNode: node',
  'oldVNode ? oldVNode._dom : parentDom.firstChild',
];

const never = (...expressions: readonly string[]) =>
  Object.fromEntries(expressions.map((expression) => [expression, 'undefined'] as const));

export const FACTS: Readonly<Record<string, Facts>> = {
  'preact/src/diff/index.js': {
    values: {
      ...never(
        // No plug-in looks on, nothing is hydrated, and nothing that stood in the document is taken over.
        'isHydrating',
        'excessDomChildren',
        'tmp = options._diff',
        'options._render',
        'tmp = options.diffed',
        'options.unmount',
        'options._commit',
        // What is drawn was made here: replies are checked for strings where strings are drawn.
        'newVNode.constructor !== VNODE_MARKER',
        // Nothing waits for data.
        'oldVNode._flags & MODE_SUSPENDED',
        'resumed',
        // Views are functions that are called; the root alone is a Fragment.
        'tmp = newType.contextType',
        'provider',
        'tmp && globalContext[tmp._id]',
        'isClassComponent',
        'c.getChildContext',
        'c._renderCallbacks.length',
        'c._bits & COMPONENT_DIRTY && ++count < 25',
        'c._bits & COMPONENT_PROCESSING_EXCEPTION',
        'tmp && tmp.type === Fragment && tmp.key == NULL',
        // No portals, no references to elements.
        'newProps._parentDom',
        'r = vnode.ref',
        // Text, never HTML, and no element that needs special care.
        'newHtml',
        'oldHtml',
        "i == 'dangerouslySetInnerHTML'",
        "nodeType == 'math'",
        '!namespace',
        "nodeType == 'template'",
        "nodeType == 'textarea'",
        "nodeType == 'progress'",
        "nodeType == 'foreignObject'",
        'namespace == MATH_NAMESPACE',
        'newProps.is',
        "i == 'value' && 'defaultValue' in newProps",
        "i == 'checked' && 'defaultChecked' in newProps",
      ),
      'c.render(c.props, (c.state = c._nextState), c.context)': 'newProps.children',
      'isArray(renderResult)': 'true',
      'parentDom.ownerDocument || document': 'document',
    },
    idle: [
      'if ((r = vnode._component))',
      'if ((r = vnode._children))',
      'if ( !skipRemove && (r = vnode._component)',
      'vnode._dom = vnode._component =',
      'commitQueue.some(c =>',
      'for (let i = 0; i < refQueue.length; )',
      'if ((c = oldVNode._component))',
      'if (!oldVNode._component)',
      'const isClassComponent =',
      'oldProps = c.props',
      'oldState = c.state',
      'c._vnode =',
      'c.context =',
      'c.props =',
      'c.state =',
      'c._parentDom =',
      'c._bits',
      'let oldCommitQueueLength',
      'excessDomChildren =',
      'return oldDom',
      'newVNode._flags &= RESET_MODE',
    ],
    // An error is final.
    calm: ['try { let c,'],
  },
  'preact/src/diff/children.js': {
    values: {
      ...never(
        'oldVNode.ref != childVNode.ref',
        'oldVNode._flags & REF_DETACHED',
        'parentVNode.props._parentDom',
        'oldDom.nodeType == 8',
        'next.nodeType == 8',
        // Among the children are no functions or String objects, and none stands in two places.
        "typeof childVNode == 'function'",
        'childVNode.constructor === String',
        'childVNode._depth',
        'isArray(childVNode)',
        'oldDom && !oldDom.parentNode',
        // They are elements and texts.
        "typeof parentVNode.type == 'function'",
        "typeof childVNode.type == 'function' && result !== UNDEFINED",
        // What moves has no state that a plain move would lose.
        'parentDom.moveBefore',
      ),
      '!oldVNode || !oldVNode._original': '!oldVNode',
      "typeof childVNode.type != 'function'": 'true',
    },
    idle: [
      'childVNode._depth =',
      // The parent is an element, and knows its own.
      'firstChildDom =',
      'newParentVNode._dom =',
    ],
  },
  'preact/src/diff/props.js': {
    values: {
      ...never('options.event', "name == 'style'", 'useCapture', "typeof value == 'function'"),
      // Properties are spelt as the document spells them, and these are not among them.
      "name.replace(/xlink(H|:h)/, 'h').replace(/sName$/, 's')": 'name',
      ...Object.fromEntries(
        'width height href list form download rowSpan colSpan popover'
          .split(' ')
          .map((name) => [`name != '${name}'`, 'true'] as const),
      ),
      "name == 'popover'": 'false',
      '!value || !oldValue': '!oldValue',
      // Events are named as the document's properties for them: onClick.
      "name[0] < 'a'": 'true',
    },
    idle: [
      // A handler is a function, or none.
      "if (typeof value != 'function')",
      "if (typeof oldValue != 'function')",
      'useCapture = name',
      // No handler is attached to an element that the event has yet to reach.
      '(dom._attached ||',
      'let EVENT_DISPATCHED',
      'if (e[EVENT_DISPATCHED] == NULL)',
      // An element that can be used has its handler from the start.
      'dom.removeEventListener',
    ],
    // No property refuses what it is given.
    calm: ['try { dom[name] ='],
  },
  'preact/src/diff/catch-error.js': {
    // No component catches an error.
    values: never('vnode = vnode._parent'),
    idle: ['resetRenderCount()'],
  },
  'preact/src/component.js': {
    values: never("typeof vnode.type == 'function' && !vnode.props._parentDom"),
    idle: ['BaseComponent.prototype.', 'this.context', 'this._bits ='],
  },
  'preact/src/render.js': {
    values: never(
      'options._root',
      'parentDom.nodeType == 9',
      'vnode && vnode._flags & MODE_HYDRATE',
      'isHydrating',
    ),
    idle: ['parentDom._children.props.children ='],
  },
  'preact/src/util.js': {
    // What is drawn is removed by nobody else.
    values: { 'node && node.parentNode': 'true' },
  },
  'preact/src/create-element.js': {
    values: never('options.vnode', 'original', "i == 'ref'"),
    // Fragment is a mark alone.
    idle: ['return props.children'],
  },
  '@preact/signals-core/src/index.ts': {
    values: {
      ...never(
        // No signal is derived or wants to know whether it is watched.
        'untracked(() => { this._watched?.call(this); })',
        // The effect lasts, cleans nothing up, and sets no signals.
        'typeof cleanup === "function"',
        'capturedEffects',
        'effect2._flags & DISPOSED',
        'this._flags & DISPOSED',
        'this._flags & RUNNING',
        'this._fn === void 0',
        'batchIteration > 100',
        'evalContext !== this',
        // One effect reads them all, and stays with what it has read once.
        'node._target !== evalContext',
        'node._version === -1',
        'node._nextTarget',
        'effect2._nextBatchedEffect',
        'targets !== void 0',
      ),
      'targets !== node && node._prevTarget === void 0': 'true',
      'evalContext._flags & TRACKING': 'true',
    },
    idle: [
      'Computed.prototype',
      'Object.defineProperty(Computed.prototype',
      'Signal.prototype.brand',
      'Signal.prototype.subscribe',
      'Signal.prototype.valueOf',
      'Signal.prototype.toString',
      'Signal.prototype.toJSON',
      'Signal.prototype.peek',
      'Signal.prototype._refresh',
      'Signal.prototype._unsubscribe',
      'Effect.prototype.dispose',
      'Effect.prototype._dispose',
      'const dispose =',
      'return dispose',
      'if (node !== void 0) { node._version',
      'if (evalContext._sources !== void 0)',
      'node._nextTarget =',
      'evalContext._sources =',
      'this._watched =',
      'this._unwatched =',
      'this.name =',
      'this._cleanup =',
      'this._sources =',
      'this._version',
      'this._flags = TRACKING',
      'this._flags |= NOTIFIED',
      'effect2._flags &= ~NOTIFIED',
      'this._nextBatchedEffect = void 0',
      'effect2._nextBatchedEffect =',
      'this._flags |= RUNNING',
      'this._flags &= ~RUNNING',
      'this._flags &= ~DISPOSED',
      'effect2._cleanup =',
      'dispose[Symbol.dispose]',
      // A value that is taken back within a batch draws once too often.
      'recordBatchSnapshot(this)',
      'reconcileBatchSnapshots()',
      'this._batchSnapshotVersion =',
      'currentBatchSnapshotVersion =',
    ],
    // What was read once and is not any more draws once too often.
    foregone: {
      'prepareSources(this)': 'undefined',
      'cleanupSources(this)': 'undefined',
      '!(this._flags & NOTIFIED)': 'true',
      'this._nextBatchedEffect = batchedEffect': 'undefined',
      'needsToRecompute(effect2)': 'true',
    },
    calm: ['try { effect2._callback(); } catch (err) { effect2._dispose'],
  },
};
