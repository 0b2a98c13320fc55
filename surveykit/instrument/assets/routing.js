"use strict";
// The routing of surveykit in the browser: the same three-valued logic as surveykit/instrument/routing.py.
// A condition is true, false or null (unknown); only what is known to be true leads to a question.

const NOT_APPLICABLE = -97, UNANSWERED = -96, NOT_ADMINISTERED = -94;

function evaluate(node, read) {
  const [kind, ...rest] = node;
  const of = (inner) => evaluate(inner, read);
  const number = (value) => (value === true ? 1 : value === false ? 0 : value);
  const finite = (value) => (Number.isFinite(value) ? value : null);
  switch (kind) {
    case "value": return rest[0];
    case "name": return read(rest[0]);
    case "negate": { const value = number(of(rest[0])); return value === null ? null : -value; }
    case "not": { const value = truth(of(rest[0])); return value === null ? null : !value; }
    case "arithmetic": {
      const left = number(of(rest[1])), right = number(of(rest[2]));
      if (left === null || right === null) return null;
      switch (rest[0]) {
        case "+": return left + right;
        case "-": return left - right;
        case "*": return left * right;
        case "/": return finite(left / right);
        case "%": return right === 0 ? null : finite(left - right * Math.floor(left / right));
        default: return finite(left ** right);
      }
    }
    case "compare": {
      const left = of(rest[1]), right = of(rest[2]);
      if (left === null || right === null) return null;
      const [a, b] = typeof left === "string" || typeof right === "string" ? [String(left), String(right)]
        : [number(left), number(right)];
      switch (rest[0]) {
        case "==": return a === b;
        case "!=": return a !== b;
        case "<": return a < b;
        case "<=": return a <= b;
        case ">": return a > b;
        default: return a >= b;
      }
    }
    case "boolean": {
      const values = rest[1].map((inner) => truth(of(inner)));
      const decided = rest[0] === "or";
      if (values.includes(decided)) return decided;
      return values.includes(null) ? null : !decided;
    }
    case "in": {
      const value = of(rest[0]);
      if (value === null) return null;
      return rest[1].includes(number(value)) !== rest[2];
    }
    case "choose": {
      const condition = truth(of(rest[0]));
      return condition === null ? null : of(rest[condition ? 1 : 2]);
    }
    default: return call(rest[0], rest[1].map(of), number, finite);
  }
}

function call(name, values, number, finite) {
  if (name === "missing") return values[0] === null;
  if (values.includes(null)) return null;
  const [first, second] = values.map(number);
  switch (name) {
    case "log": return first > 0 ? finite(Math.log(first)) : null;
    case "log10": return first > 0 ? finite(Math.log10(first)) : null;
    case "sqrt": return first >= 0 ? Math.sqrt(first) : null;
    case "exp": return finite(Math.exp(first));
    case "abs": return Math.abs(first);
    case "floor": return Math.floor(first);
    case "ceil": return Math.ceil(first);
    case "min": return Math.min(...values.map(number));
    case "max": return Math.max(...values.map(number));
    case "round": { const scale = 10 ** (second || 0); return Math.round(first * scale) / scale; }
    default: throw new Error(`unknown function ${name}`);
  }
}

function truth(value) { return value === null ? null : typeof value === "boolean" ? value : value !== 0; }

// Answers: column name -> number, text, or absent. Returns who is asked what, every code, and the rules broken.
function route(instrument, answers) {
  const codes = {}, shown = {}, items = {};
  let ended = "";
  const derived = Object.fromEntries(instrument.derived.map((variable) => [variable.id, variable]));
  const read = (name) => {
    if (name in instrument.constants) return instrument.constants[name];
    const [, edge, inner] = name.match(/^(mid|lo|hi|item|shown)\((.*)\)$/) || [];
    if (edge === "shown") return shown[inner] === true;
    if (edge === "item") return item(inner);
    if (edge) { const code = known(inner); const band = code === null ? null : instrument.columns[inner].bands[code];
      return band && band[edge] !== null && band[edge] !== undefined ? band[edge] : null; }
    if (name in derived && !(name in instrument.columns)) return compute(derived[name]);
    return known(name);
  };
  const known = (name) => {
    const code = codes[name], column = instrument.columns[name];
    if (code === null || code === undefined || code === "") return null;
    if (typeof code === "string") return code;
    return (column.kind === "number" ? code >= -99 && code <= -93 : code < 0) ? null : code;
  };
  const item = (name) => {
    const column = instrument.columns[name], code = known(name);
    if (code !== null) return code;
    return codes[name] === NOT_APPLICABLE && column.choice && codes[column.choice] === 0 ? NOT_APPLICABLE : null;
  };
  const compute = (variable) => {
    if (variable.value) { const value = evaluate(variable.value, read);
      return value === null ? variable.missing_as : typeof value === "boolean" ? Number(value) : value; }
    for (const one of variable.cases) {
      const holds = truth(evaluate(one.when, read));
      if (holds === null) return variable.missing_as;
      if (holds) return one.code;
    }
    return variable.missing_as;
  };
  const holds = (node) => (node ? truth(evaluate(node, read)) : true);

  for (const question of instrument.questions) {
    if (question.type === "hidden") {
      for (const name of question.columns) codes[name] = answers[name] ?? question.default;
      shown[question.id] = true;
      continue;
    }
    const administered = holds(question.administer_if) === true;
    const conditions = question.conditions.map(holds);
    const leads = administered && ended === "" && conditions.every((value) => value === true);
    const barred = !administered || ended !== "" || conditions.includes(false);
    shown[question.id] = leads;
    let fill = administered ? NOT_APPLICABLE : NOT_ADMINISTERED;
    if (administered && barred && ended === "") {
      const hit = question.otherwise.find((one) => holds(one.when) === true);
      if (hit) fill = hit.code;
    }
    const open = question.items.filter((one) => one.choice && codes[one.choice] === 1).length;
    for (const part of question.items.length ? question.items : [{ columns: question.columns }]) {
      const chosen = !part.choice || codes[part.choice] === 1;
      const here = leads && chosen;
      if (part.id) items[part.id] = here;
      const empty = question.limit_items && open > question.limit_items ? NOT_ADMINISTERED : UNANSWERED;
      settle(part.columns, here, fill, empty);
    }
    const end = question.ends[codes[question.columns[0]]];
    if (end && ended === "" && shown[question.id]) ended = end;
  }

  function settle(names, here, fill, empty) {
    const many = ["indicator", "rank"].includes(instrument.columns[names[0]].kind);
    const given = names.some((name) => (many ? answers[name] > 0 : answers[name] !== undefined && answers[name] !== ""));
    for (const name of names) {
      const text = ["text", "date"].includes(instrument.columns[name].kind);
      if (text) codes[name] = here ? answers[name] ?? "" : "";
      else codes[name] = !here ? fill : !given ? empty : many ? answers[name] ?? 0 : answers[name];
    }
  }

  const broken = instrument.checks.filter((check) => holds(check.when) === true && holds(check.require) === false);
  const derivedCodes = Object.fromEntries(instrument.derived.map((variable) => [variable.id, compute(variable)]));
  return { shown, items, codes, ended, derived: derivedCodes, broken: broken.map((check) => check.id) };
}

if (typeof module !== "undefined") module.exports = { evaluate, route };
