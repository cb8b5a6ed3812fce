// Asks tempopb.StreamingQuerier on the API's port with grpc-js and prints what came, as JSON. Usage: node stream.mjs HOST:PORT PROTO QUERY [TENANT]
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [address, proto, query, tenant] = process.argv.slice(2);
const { tempopb } = grpc.loadPackageDefinition(loader.loadSync(proto, { keepCase: true, longs: String, defaults: true }));
const client = new tempopb.StreamingQuerier(address, grpc.credentials.createInsecure());
const metadata = new grpc.Metadata();
if (tenant) {
  metadata.set('x-scope-orgid', tenant);
}

function read(call) {
  return new Promise((resolve) => {
    const messages = [];
    call.on('data', (message) => messages.push(message));
    call.on('error', (error) => resolve({ messages, code: error.code, details: error.details }));
    call.on('end', () => resolve({ messages, code: 0, details: '' }));
  });
}

const nowSeconds = Math.floor(Date.now() / 1000);
const result = {
  search: await read(client.Search({ Query: query, Limit: 20, start: nowSeconds - 3600, end: nowSeconds + 60 }, metadata)),
  tags: await read(client.SearchTagsV2({ scope: 'resource' }, metadata)),
  values: await read(client.SearchTagValuesV2({ tagName: 'resource.service.name' }, metadata)),
  range: await read(client.MetricsQueryRange({ query: `${query} | rate()`, start: `${nowSeconds - 3600}000000000`, end: `${nowSeconds + 60}000000000` }, metadata)),
  instant: await read(client.MetricsQueryInstant({ query: `${query} | count_over_time()`, start: `${nowSeconds - 3600}000000000`, end: `${nowSeconds + 60}000000000` }, metadata)),
  bad: await read(client.Search({ Query: '{ name = }' }, metadata)),
};
console.log(JSON.stringify(result));
client.close();
