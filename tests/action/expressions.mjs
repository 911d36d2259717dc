// GitHub's own evaluator of expressions, over plain values.
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

const plain = (value) => JSON.parse(JSON.stringify(value, data.replacer) ?? "null");
const given = (value) => JSON.parse(JSON.stringify(value), data.reviver);

/** The value of one expression. `status` has the functions of conditions. */
export function evaluate(text, contexts, status = {}) {
  const functions = new Map(
    Object.entries(status).map(([name, value]) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) },
    ]),
  );
  const expression = new Parser(new Lexer(text).lex().tokens, Object.keys(contexts), [...functions.values()]).parse();
  const dictionary = new data.Dictionary(...Object.entries(contexts).map(([key, value]) => ({ key, value: given(value) })));
  return new Evaluator(expression, dictionary, functions).evaluate();
}

const inside = /\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}/g;

/** A text with its expressions replaced. */
export const filled = (text, contexts, status) =>
  String(text).replaceAll(inside, (_, expression) => evaluate(expression, contexts, status).coerceString());

/** A value that is one expression, as plain data; any other as it is. */
export function valued(value, contexts, status) {
  const whole = typeof value === "string" && value.match(/^\s*\$\{\{([^]*)\}\}\s*$/);
  return whole ? plain(evaluate(whole[1], contexts, status)) : value;
}

export const filledAll = (values, contexts, status) =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, filled(value ?? "", contexts, status)]));

/** Whether a condition holds: one that asks for no status asks for success. */
export function holds(condition, contexts, status) {
  if (condition === undefined) return status.success;
  const text = String(condition).trim().replace(/^\$\{\{([^]*)\}\}$/, "$1");
  const asks = /\b(success|failure|always|cancelled)\s*\(/.test(text);
  const value = plain(evaluate(text, contexts, status));
  const truth = !(value === false || value === null || value === 0 || value === "");
  return truth && (asks || status.success);
}
