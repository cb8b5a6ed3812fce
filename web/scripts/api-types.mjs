// Makes src/api/generated.ts out of src/api/openapi.json, which is what the server answers at /api/v1/openapi.json. With --check nothing is
// written; the exit code says whether the file is what it would be. No dependency: the tools that do this need a compiler API that this
// project's TypeScript does not have.
import { readFileSync, writeFileSync } from 'node:fs';

const source = new URL('../src/api/openapi.json', import.meta.url);
const target = new URL('../src/api/generated.ts', import.meta.url);

export function generate(document) {
  const lines = ['// Made by scripts/api-types.mjs from openapi.json (npm run api-types). Changes here are lost.', ''];
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    lines.push(...comment(schema.description, ''), `export interface ${name} {`);
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const optional = schema.required?.includes(key) ? '' : '?';
      lines.push(...comment(property.description, '  '), `  ${key}${optional}: ${type(property)};`);
    }
    lines.push('}', '');
  }
  lines.push('/** Every operation by its id: where it is, what it takes in path and query string, what it carries, what it answers. */');
  lines.push('export interface Operations {');
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      lines.push(...comment(operation.summary, '  '), `  ${operation.operationId}: {`);
      lines.push(`    method: '${method.toUpperCase()}';`, `    path: '${path}';`);
      lines.push(`    inPath: ${parameters(operation, 'path')};`, `    query: ${parameters(operation, 'query')};`);
      lines.push(`    body: ${operation.requestBody === undefined ? 'never' : content(operation.requestBody.content)};`);
      const answer = operation.responses['200'];
      lines.push(`    answer: ${answer === undefined ? 'void' : content(answer.content)};`, '  };');
    }
  }
  lines.push('}', '');
  return lines.join('\n');
}

function comment(text, indent) {
  return text === undefined ? [] : [`${indent}/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ').trim()} */`];
}

function parameters(operation, place) {
  const found = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
  if (found.length === 0) {
    return 'Record<string, never>';
  }
  return `{ ${found.map((p) => `${p.name}${p.required ? '' : '?'}: ${type(p.schema)}`).join('; ')} }`;
}

function content(byMediaType) {
  const json = byMediaType['application/json'];
  if (json !== undefined) {
    return type(json.schema);
  }
  const text = Object.keys(byMediaType).some((name) => name.startsWith('text/') || name.endsWith('ndjson'));
  return text ? 'string' : 'ArrayBuffer';
}

function type(schema) {
  if (schema.$ref !== undefined) {
    return schema.$ref.split('/').at(-1);
  }
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map(type).join(' | ');
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => `'${value}'`).join(' | ');
  }
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array': {
      const item = type(schema.items);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return `Record<string, ${type(schema.additionalProperties ?? {})}>`;
    default:
      return 'unknown';
  }
}

if (process.argv[1] !== undefined && import.meta.url.endsWith('/' + process.argv[1].split('/').at(-1))) {
  const text = generate(JSON.parse(readFileSync(source, 'utf8')));
  if (process.argv.includes('--check')) {
    if (text !== readFileSync(target, 'utf8')) {
      console.error('src/api/generated.ts is not what openapi.json says: npm run api-types');
      process.exit(1);
    }
  } else {
    writeFileSync(target, text);
  }
}
