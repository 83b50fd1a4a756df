/** The Apex classes are Apex: a parser of its grammar reads them, since no org is at hand that would compile them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  ApexErrorListener,
  ApexParserBaseListener,
  ApexParserFactory,
  ApexParseTreeWalker,
} from "@apexdevtools/apex-parser";

const FOLDER = new URL("../../salesforce/classes/", import.meta.url);
const CLASSES = readdirSync(FOLDER).filter((name) => name.endsWith(".cls"));
const source = (name) => readFileSync(new URL(name, FOLDER), "utf8");
const SIGN_IN = source("CtiSignIn.cls");

class Errors extends ApexErrorListener {
  found = [];

  apexSyntaxError(line, column, message) {
    this.found.push(`${line}:${column} ${message}`);
  }
}

/** Names of a class, as they are written. */
class Names extends ApexParserBaseListener {
  types = [];
  fields = [];
  variables = [];

  enterClassDeclaration = (context) => this.types.push(context.id().getText());
  enterFieldDeclaration = (context) => this.fields.push(...declared(context));
  enterLocalVariableDeclaration = (context) => this.variables.push(...declared(context));
  enterFormalParameter = (context) => this.variables.push(context.id().getText());
  enterEnhancedForControl = (context) => this.variables.push(context.id().getText());
}

const declared = (context) =>
  context
    .variableDeclarators()
    .variableDeclarator_list()
    .map((each) => each.id().getText());

function parse(text) {
  const errors = new Errors();
  const { parser } = ApexParserFactory.createLexerAndParser(text, errors);
  const names = new Names();
  ApexParseTreeWalker.DEFAULT.walk(names, parser.compilationUnit());
  return { errors: errors.found, names };
}

/** Variables with the name of a field. Apex knows no capitals: in their method they hide it, unseen. */
function hiding({ fields, variables }) {
  const known = new Set(fields.map((name) => name.toLowerCase()));
  return variables.filter((name) => known.has(name.toLowerCase()));
}

for (const name of CLASSES) {
  test(`${name} is Apex`, () => {
    const { errors, names } = parse(source(name));
    assert.deepEqual(errors, []);
    assert.equal(names.types[0], name.replace(".cls", ""));
    assert.deepEqual(hiding(names), []);
  });
}

for (const [what, broken] of [
  ["a missing bracket", SIGN_IN.replace(/\}\s*$/, "")],
  ["a missing semicolon", SIGN_IN.replace("return claims;", "return claims")],
  ["a word of another language", SIGN_IN.replace("private static Auth.JWT", "private static func Auth.JWT")],
  ["an escape that Apex does not have", SIGN_IN.replace("'Default'", "'\\Default'")],
]) {
  test(`${what} is noticed`, () => {
    assert.notEqual(broken, SIGN_IN);
    assert.notDeepEqual(parse(broken).errors, []);
  });
}

test("a variable that hides a constant is noticed", () => {
  const { names } = parse("class A { static String NONCE = 'x'; static void b(String nonce) { Integer c = 1; } }");
  assert.deepEqual(hiding(names), ["nonce"]);
});
