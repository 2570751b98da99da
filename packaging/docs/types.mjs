import path from "node:path";
import { API, NodeBuilderFlags, SignatureKind, SymbolFlags } from "typescript/unstable/sync";

/** @import { Checker, JSDocTagInfo, Signature, Symbol as TypeSymbol, Type } from "typescript/unstable/sync" */

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} type
 * @property {boolean} optional
 * @property {string} doc
 */

/**
 * @typedef {object} Member a property, or a method where it has parameters
 * @property {string} name
 * @property {string} type of a method, what it gives
 * @property {string} doc
 * @property {boolean} optional
 * @property {boolean} isStatic
 * @property {boolean} readOnly
 * @property {Parameter[] | null} parameters
 * @property {string} throws
 */

/**
 * @typedef {object} Entry a declaration that others may name
 * @property {string} name
 * @property {"class" | "shape" | "type" | "value"} kind
 * @property {string} type of a `type` or `value`, what it is
 * @property {string} doc
 * @property {Member[]} members
 */

/** Tags of what is not for others. */
const HIDDEN = ["internal", "protected"];
const PRINT = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope;

/**
 * What modules export, and every declaration of ours that these name, as a compiler sees them.
 *
 * @param {string} config the tsconfig.json of the project that ships them
 * @param {string[]} modules
 * @returns {{ module: string, entries: Entry[] }[]} what several name is with the first
 */
export function readTypes(config, modules) {
  const api = new API();
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`${config} cannot be opened.`);
    const reader = new Reader(project.checker, path.dirname(path.dirname(config)));
    return modules.map((module) => {
      const file = project.program.getSourceFile(module);
      const symbol = file && project.checker.getSymbolAtLocation(file);
      if (symbol === undefined) throw new Error(`${module} is no module of ${config}.`);
      return { module, entries: reader.entries(symbol) };
    });
  } finally {
    api.close();
  }
}

class Reader {
  #checker;
  #root;
  /** Names that have an entry already. @type {Set<string>} */
  #known = new Set();

  /**
   * @param {Checker} checker
   * @param {string} root the folder of what is ours
   */
  constructor(checker, root) {
    this.#checker = checker;
    this.#root = root;
  }

  /** @param {TypeSymbol} module */
  entries(module) {
    /** @type {Entry[]} */
    const entries = [];
    const left = [...this.#checker.getExportsOfModule(module)];
    for (let symbol = left.shift(); symbol !== undefined; symbol = left.shift()) {
      const target = this.#target(symbol);
      if (this.#known.has(target.name) || this.#isHidden(symbol)) continue;
      this.#known.add(target.name);
      entries.push(this.#entry(target));
      left.push(...this.#namedBy(target));
    }
    return entries;
  }

  /**
   * What an export is in the end: the declaration itself, not another name of it.
   *
   * @param {TypeSymbol} symbol
   */
  #target(symbol) {
    const target =
      symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    if (!(target.flags & SymbolFlags.TypeAlias)) return target;
    const type = this.#checker.getDeclaredTypeOfSymbol(target);
    return type.getAliasSymbol() ?? (type.isClassOrInterface() ? type.getSymbol() : null) ?? target;
  }

  /**
   * @param {TypeSymbol} symbol
   * @returns {Entry}
   */
  #entry(symbol) {
    const { name, flags } = symbol;
    const doc = text(symbol.getDocumentationComment(this.#checker));
    if (flags & SymbolFlags.Value && !(flags & SymbolFlags.Class)) {
      const type = this.#print(this.#checker.getTypeOfSymbol(symbol));
      return { name, kind: "value", type, doc, members: [] };
    }
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const members = this.#checker
      .getPropertiesOfType(type)
      .flatMap((member) => this.#members(member, ""));
    if (flags & SymbolFlags.Class) {
      const statics = [...symbol.getExports().values()].flatMap((member) =>
        this.#members(member, "").map((found) => ({ ...found, isStatic: true })),
      );
      return { name, kind: "class", type: "", doc, members: [...statics, ...members] };
    }
    const isUnion = type.isUnionType();
    if (members.length > 0 && !isUnion) return { name, kind: "shape", type: "", doc, members };
    const flag = PRINT | NodeBuilderFlags.InTypeAlias;
    return {
      name,
      kind: "type",
      type: this.#checker.typeToString(type, undefined, flag),
      doc,
      members: [],
    };
  }

  /**
   * A member, and where it is a shape without a name, that shape's.
   *
   * @param {TypeSymbol} symbol
   * @param {string} before the path to it
   * @returns {Member[]}
   */
  #members(symbol, before) {
    if (!this.#isOurs(symbol) || this.#isHidden(symbol)) return [];
    const type = this.#checker.getTypeOfSymbol(symbol);
    const signature = type && this.#checker.getSignaturesOfType(type, SignatureKind.Call)[0];
    const tags = symbol.getJsDocTags(this.#checker);
    const isMethod = (symbol.flags & SymbolFlags.Method) !== 0 && signature !== undefined;
    const given = isMethod ? this.#checker.getReturnTypeOfSignature(signature) : type;
    const optional = (symbol.flags & SymbolFlags.Optional) !== 0;
    const accessor = symbol.flags & SymbolFlags.Accessor;
    /** @type {Member} */
    const member = {
      name: before + symbol.name,
      type: this.#print(given, optional),
      doc: text(symbol.getDocumentationComment(this.#checker)),
      optional,
      isStatic: false,
      readOnly: accessor === SymbolFlags.GetAccessor,
      parameters: isMethod ? this.#parameters(signature, tags) : null,
      throws: text(tags.find((tag) => tag.name === "throws")?.text ?? "").replace(/^\{\w+\} /, ""),
    };
    const inner = member.type.startsWith("{") ? this.#inner(type) : [];
    return inner.length === 0
      ? [member]
      : [
          { ...member, type: "object" },
          ...inner.flatMap((of) => this.#members(of, `${member.name}.`)),
        ];
  }

  /**
   * @param {Signature} signature
   * @param {readonly JSDocTagInfo[]} tags
   * @returns {Parameter[]}
   */
  #parameters(signature, tags) {
    const described = tags.filter(({ name }) => name === "param");
    return signature.parameters.map((_, index) => {
      const said = text(described[index]?.text ?? "");
      const [, name = "", doc = ""] = /^(\w+) ?(.*)$/.exec(said) ?? [];
      const type = this.#print(this.#checker.getParameterType(signature, index));
      const optional = type.endsWith(" | undefined");
      return { name, type: type.replace(/ \| undefined$/, ""), optional, doc };
    });
  }

  /**
   * The members of a shape that has no name of its own.
   *
   * @param {Type | undefined} type
   */
  #inner(type) {
    if (type === undefined) return [];
    return this.#checker.getPropertiesOfType(type).filter((member) => this.#isOurs(member));
  }

  /**
   * Declarations of ours that a declaration names.
   *
   * @param {TypeSymbol} symbol
   */
  #namedBy(symbol) {
    const { type, members } = this.#entry(symbol);
    const types = [
      type,
      ...members.flatMap((m) => [m.type, ...(m.parameters ?? []).map((p) => p.type)]),
    ];
    const names = new Set(types.join(" ").match(/\b[A-Z]\w*/g));
    const at = symbol.declarations[0]?.resolve();
    const found = [...names].map((name) => this.#checker.resolveName(name, SymbolFlags.Type, at));
    return found
      .filter((other) => other !== undefined)
      .map((other) => this.#target(other))
      .filter((other) => this.#isOurs(other));
  }

  /**
   * @param {Type | undefined} type
   * @param {boolean} [optional] then it may be undefined anyway
   */
  #print(type, optional = false) {
    if (type === undefined) return "unknown";
    const whole = this.#checker.typeToString(type, undefined, PRINT);
    // Which memory a view is of concerns nobody.
    const printed = whole
      .replaceAll("<ArrayBufferLike>", "")
      .replace(/(\?: [^;]*?) \| undefined(?=;)/g, "$1");
    return optional ? printed.replace(/ \| undefined$/, "").replace(/^\((.*)\)$/, "$1") : printed;
  }

  /** @param {TypeSymbol} symbol */
  #isOurs({ name, declarations }) {
    const at = String(declarations[0]?.path ?? "");
    const isPrivate = name.startsWith("__");
    return !isPrivate && at.startsWith(this.#root.toLowerCase()) && !at.includes("/node_modules/");
  }

  /** @param {TypeSymbol} symbol */
  #isHidden(symbol) {
    return symbol.getJsDocTags(this.#checker).some(({ name }) => HIDDEN.includes(name));
  }
}

/** @param {string} comment in one line */
function text(comment) {
  return comment.replace(/\s+/g, " ").trim();
}
