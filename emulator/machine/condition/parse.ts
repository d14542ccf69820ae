/**
 * The condition language: what a person types to say when a breakpoint counts, such as
 * `name in (openat, read) && ret < 0 && path ~ "/etc/*"`. Text in, a tree out; errors say where and what.
 *
 *     condition := or          or := and ('||' and)*         and := comparison ('&&' comparison)*
 *     comparison := sum (('==' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~') sum | 'in' '(' sum (',' sum)* ')')?
 *     sum := product (('+' | '-' | '|' | '^') product)*      product := unary (('*' | '/' | '%' | '&' | '<<' | '>>') unary)*
 *     unary := ('!' | '-' | '~') unary | primary
 *     primary := number | string | $register | name | name '(' sum (',' sum)* ')' | '(' or ')'
 */

export type Node =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Node[]; readonly at: number }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'in'; readonly operand: Node; readonly list: readonly Node[] };

/** The text is not a condition; the message is for the person who typed it. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'register' | 'operator' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(0x[0-9a-fA-F]+|\d+)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\$[A-Za-z]\w*)|([A-Za-z_#][\w.]*)|(\|\||&&|==|!=|<=|>=|<<|>>|!~|[-+*/%&|^~!<>(),]))/y;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new ConditionError(`“${text}” cannot be read from “${text.slice(at).trim()}” on`);
    const [whole, number, string, register, name, operator] = match;
    at += whole.length;
    if (number !== undefined) found.push({ kind: 'number', text: number, at });
    else if (string !== undefined) found.push({ kind: 'string', text: unescape(string.slice(1, -1)), at });
    else if (register !== undefined) found.push({ kind: 'register', text: register.slice(1).toLowerCase(), at });
    else if (name !== undefined) found.push({ kind: 'name', text: name, at });
    else found.push({ kind: 'operator', text: operator, at });
  }
  found.push({ kind: 'end', text: 'the end', at });
  return found;
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', '~', '!~']);
const SUMS = new Set(['+', '-', '|', '^']);
const PRODUCTS = new Set(['*', '/', '%', '&', '<<', '>>']);
const UNARY = new Set(['!', '-', '~']);

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0' };

/** The escapes of C that system call texts use; any other character stands for itself. */
function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}

/** Throws {@link ConditionError}. */
export function parseCondition(text: string): Node {
  const parser = new Parser(tokens(text));
  const node = parser.or();
  parser.expectEnd();
  return node;
}

class Parser {
  private position = 0;
  private readonly tokens: Token[];

  constructor(list: Token[]) {
    this.tokens = list;
  }

  or(): Node {
    return this.chain(new Set(['||']), () => this.chain(new Set(['&&']), () => this.comparison()));
  }

  expectEnd(): void {
    const token = this.tokens[this.position];
    if (token.kind !== 'end') throw new ConditionError(`“${token.text}” does not belong there`);
  }

  private chain(operators: ReadonlySet<string>, next: () => Node): Node {
    let left = next();
    for (;;) {
      const token = this.tokens[this.position];
      if (token.kind !== 'operator' || !operators.has(token.text)) return left;
      this.position++;
      left = { kind: 'binary', operator: token.text, left, right: next() };
    }
  }

  private comparison(): Node {
    const left = this.sum();
    const token = this.tokens[this.position];
    if (token.kind === 'operator' && COMPARISONS.has(token.text)) {
      this.position++;
      return { kind: 'binary', operator: token.text, left, right: this.sum() };
    }
    if (token.kind === 'name' && token.text === 'in') {
      this.position++;
      this.expect('(');
      return { kind: 'in', operand: left, list: this.list() };
    }
    return left;
  }

  private sum(): Node {
    return this.chain(SUMS, () => this.chain(PRODUCTS, () => this.unary()));
  }

  private unary(): Node {
    const token = this.tokens[this.position];
    if (token.kind !== 'operator' || !UNARY.has(token.text)) return this.primary();
    this.position++;
    return { kind: 'unary', operator: token.text, operand: this.unary() };
  }

  private primary(): Node {
    const token = this.tokens[this.position++];
    if (token.kind === 'number') return { kind: 'number', value: BigInt(token.text) };
    if (token.kind === 'string') return { kind: 'string', value: token.text };
    if (token.kind === 'register') return { kind: 'register', name: token.text };
    if (token.kind === 'name') {
      if (this.tokens[this.position].text !== '(') return { kind: 'name', name: token.text, at: token.at };
      this.position++;
      return { kind: 'call', name: token.text, arguments: this.list(), at: token.at };
    }
    if (token.text === '(') {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    throw new ConditionError(`a value is missing before ${token.kind === 'end' ? 'the end' : `“${token.text}”`}`);
  }

  private list(): Node[] {
    const items = [this.sum()];
    while (this.tokens[this.position].text === ',') {
      this.position++;
      items.push(this.sum());
    }
    this.expect(')');
    return items;
  }

  private expect(text: string): void {
    const token = this.tokens[this.position++];
    if (token.text !== text) throw new ConditionError(`“${text}” is missing before “${token.text}”`);
  }
}
