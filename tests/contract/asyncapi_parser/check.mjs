// Prints what the official parser says of a document, as JSON: [{severity, code, path, message}]. Severity 0 is an error.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const [, , modules, document] = process.argv;
const { Parser } = createRequire(`${modules}/`)('@asyncapi/parser');
const text = await readFile(document, 'utf8');
const { document: parsed, diagnostics } = await new Parser().parse(text, { source: document });
const messages = parsed ? parsed.allMessages().all().length : 0;
const findings = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path, message }));
console.log(JSON.stringify({ messages, findings }));
