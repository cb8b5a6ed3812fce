import type { WireTrace } from '../../../src/api/otlp';
import { kind, seeded, seededId, TraceBuilder } from './otlp';

const stack = `System.TimeoutException: The card service did not answer within 1500 ms
   at Shop.Payment.CardClient.ChargeAsync(Card card, Money amount) in /src/CardClient.cs:line 84
   at Shop.Payment.ChargeHandler.HandleAsync(ChargeRequest request) in /src/ChargeHandler.cs:line 41
   at Shop.Payment.Pipeline.InvokeAsync(HttpContext context) in /src/Pipeline.cs:line 27
   at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext httpContext)`;

/** A purchase through ten services; some fail in the payment, some are slow in the catalogue. */
export function checkout(startMs: number, random: () => number, fails: boolean, slow: number): TraceBuilder {
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const s = (ms: number) => ms * slow * (0.85 + random() * 0.3);
  const cart = s(38);
  const prices = s(90);
  const pay = fails ? 1500 : s(210);
  const total = 12 + cart + prices + pay + s(70);
  const root = t.span('frontend', 'POST /checkout', null, 0, total, {
    kind: kind.server,
    attributes: { 'http.request.method': 'POST', 'http.route': '/checkout', 'http.response.status_code': fails ? 502 : 200, 'url.path': '/checkout', 'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)', 'session.id': seededId(random, 8), 'customer.tier': random() < 0.3 ? 'gold' : 'standard' },
    error: fails ? 'upstream payment failed' : undefined,
  });
  let at = 3;
  const cartCall = t.span('frontend', 'GET cart', root, at, at + cart, { kind: kind.client, attributes: { 'server.address': 'cart', 'server.port': 8080 } });
  const cartServer = t.span('cart', 'GET /cart/{id}', cartCall, at + 2, at + cart - 2, { kind: kind.server, attributes: { 'http.route': '/cart/{id}', 'http.response.status_code': 200 } });
  t.span('cart', 'HGETALL', cartServer, at + 4, at + cart * 0.6, { kind: kind.client, attributes: { 'db.system.name': 'redis', 'db.operation.name': 'HGETALL', 'server.address': 'redis-cart', 'server.port': 6379 } });
  at += cart + 1;

  const order = t.span('frontend', 'shop.Checkout/PlaceOrder', root, at, total - 4, { kind: kind.client, attributes: { 'rpc.system': 'grpc', 'rpc.service': 'shop.Checkout', 'rpc.method': 'PlaceOrder', 'rpc.grpc.status_code': fails ? 14 : 0 }, error: fails ? 'UNAVAILABLE' : undefined });
  const placed = t.span('checkout', 'shop.Checkout/PlaceOrder', order, at + 2, total - 6, { kind: kind.server, attributes: { 'rpc.system': 'grpc', 'order.id': `A-${Math.floor(random() * 1e6)}`, 'order.items': 3, 'order.total': 148.5 }, error: fails ? 'payment declined' : undefined, events: [{ at: at + 3, name: 'order validated', attributes: { items: 3 } }] });
  at += 4;
  for (let i = 0; i < 3; i++) {
    const from = at + i * 4;
    const to = from + prices * (0.6 + 0.13 * i);
    const call = t.span('checkout', 'shop.Catalogue/GetProduct', placed, from, to, { kind: kind.client, attributes: { 'rpc.system': 'grpc', 'product.id': `P-${100 + i}` } });
    const product = t.span('catalogue', 'shop.Catalogue/GetProduct', call, from + 1.5, to - 1.5, { kind: kind.server, attributes: { 'rpc.system': 'grpc' } });
    t.span('catalogue', 'SELECT products', product, from + 3, to - 4, { kind: kind.client, attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'catalogue', 'db.query.text': 'SELECT id, name, price, stock FROM products WHERE id = $1', 'db.operation.name': 'SELECT' } });
    t.span('currency', 'convert', product, to - 3.8, to - 2, { attributes: { 'currency.from': 'EUR', 'currency.to': 'KRW' } });
  }
  at += prices + 8;
  const charge = t.span('checkout', 'POST payment', placed, at, at + pay, { kind: kind.client, attributes: { 'server.address': 'payment', 'http.request.method': 'POST', 'http.response.status_code': fails ? 504 : 200 }, error: fails ? '504' : undefined });
  const charged = t.span('payment', 'POST /charge', charge, at + 2, at + pay - 1, { kind: kind.server, attributes: { 'http.route': '/charge', 'payment.provider': 'cardhub', 'payment.amount': 148.5, 'payment.currency': 'KRW', 'http.response.status_code': fails ? 504 : 200 }, error: fails ? 'The card service did not answer within 1500 ms' : undefined, events: fails ? [{ at: at + pay - 4, name: 'exception', attributes: { 'exception.type': 'System.TimeoutException', 'exception.message': 'The card service did not answer within 1500 ms', 'exception.stacktrace': stack } }] : [] });
  t.span('payment', 'fraud check', charged, at + 4, at + 4 + pay * 0.2, { attributes: { 'fraud.score': 0.12 } });
  t.span('payment', 'POST api.cardhub.example', charged, at + 6 + pay * 0.2, at + pay - 5, { kind: kind.client, attributes: { 'server.address': 'api.cardhub.example', 'server.port': 443 }, error: fails ? 'timeout' : undefined });
  at += pay + 2;
  if (!fails) {
    const publish = t.span('checkout', 'orders publish', placed, at, at + 6, { kind: kind.producer, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders', 'messaging.operation.type': 'publish' } });
    const consumed = t.span('shipping', 'orders process', publish, at + 14, at + 60, { kind: kind.consumer, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders', 'messaging.consumer.group.name': 'shipping' } });
    t.span('shipping', 'INSERT shipments', consumed, at + 18, at + 40, { kind: kind.client, attributes: { 'db.system.name': 'postgresql', 'db.query.text': 'INSERT INTO shipments (order_id, carrier) VALUES ($1, $2)' } });
    t.span('email', 'send confirmation', publish, at + 20, at + 48, { kind: kind.consumer, attributes: { 'messaging.system': 'kafka' } });
  }
  return t;
}

function browse(startMs: number, random: () => number): TraceBuilder {
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const total = 20 + random() * 120;
  const root = t.span('frontend', random() < 0.5 ? 'GET /' : 'GET /product/{id}', null, 0, total, { kind: kind.server, attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200 } });
  const call = t.span('frontend', 'GET recommendations', root, 3, total * 0.7, { kind: kind.client });
  const server = t.span('recommendation', 'GET /recommendations', call, 5, total * 0.65, { kind: kind.server });
  t.span('recommendation', 'rank', server, 7, total * 0.4);
  t.span('inventory', 'GET /stock', server, total * 0.42, total * 0.6, { kind: kind.server });
  t.span('frontend', 'render', root, total * 0.72, total - 1);
  return t;
}

function job(startMs: number, random: () => number): TraceBuilder {
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const root = t.span('inventory', 'nightly stock sync', null, 0, 4200 + random() * 3000);
  for (let i = 0; i < 12; i++) {
    t.span('inventory', 'UPDATE stock', root, 20 + i * 300, 40 + i * 300 + random() * 240, { kind: kind.client, attributes: { 'db.system.name': 'postgresql', 'batch.index': i } });
  }
  return t;
}

export interface Shop {
  traces: WireTrace[];
  /** A purchase that failed in the payment service. */
  failed: string;
  /** A purchase that went well. */
  good: string;
  /** Parent missing, clocks apart, ids shared, a link to `good`. */
  odd: string;
}

/** A few hours of a small shop, the newest trace a few seconds before `endMs`. */
export function shop(endMs: number, seed: number, count = 120): Shop {
  const random = seeded(seed);
  const traces: WireTrace[] = [];
  const good = checkout(endMs - 9_000, random, false, 1);
  const failed = checkout(endMs - 5_000, random, true, 1);
  const odd = oddTrace(endMs - 14_000, random, good.traceId);
  traces.push(good.build(), failed.build(), odd.build());
  for (let i = 0; i < count; i++) {
    const startMs = endMs - 20_000 - i * 25_000 - random() * 20_000;
    const dice = random();
    const built = dice < 0.4 ? checkout(startMs, random, random() < 0.12, random() < 0.1 ? 4 : 1) : dice < 0.93 ? browse(startMs, random) : job(startMs, random);
    traces.push(built.build());
  }
  return { traces, good: good.traceId, failed: failed.traceId, odd: odd.traceId };
}

function oddTrace(startMs: number, random: () => number, linked: string): TraceBuilder {
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const root = t.span('gateway', 'GET /orders', null, 0, 180, { kind: kind.server });
  const shared = seededId(random, 8);
  t.span('gateway', 'get /orders', root, 10, 120, { kind: kind.client, spanId: shared });
  t.span('orders', 'get /orders', root, 14, 116, { kind: kind.server, spanId: shared });
  t.span('orders', 'query', shared, 20, 90, { links: [{ traceId: linked, spanId: `${linked.slice(0, 8)}00000001` }] });
  const call = t.span('gateway', 'GET /users', root, 122, 170, { kind: kind.client });
  t.span('users', 'GET /users', call, 96, 140, { kind: kind.server });
  t.span('audit', 'write entry', null, 60, 82, { parentSpanId: seededId(random, 8) });
  return t;
}

/** One trace of many spans over a dozen services, for size and speed. */
export function large(startMs: number, count: number, seed: number): TraceBuilder {
  const random = seeded(seed);
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const spans: { id: string; from: number; to: number }[] = [{ id: t.span('gateway', 'POST /import', null, 0, 9000, { kind: kind.server }), from: 0, to: 9000 }];
  const services = ['catalogue', 'pricing', 'search', 'cart', 'inventory', 'orders', 'users', 'audit', 'media', 'tax', 'geo', 'billing'];
  for (let i = 1; i < count; i++) {
    const parent = spans[Math.floor(random() ** 3 * spans.length)];
    const from = parent.from + random() * (parent.to - parent.from) * 0.8;
    const to = from + random() * (parent.to - from);
    const id = t.span(services[Math.floor(random() ** 2 * services.length)], `operation ${Math.floor(random() * 200)}`, parent.id, from, to, {
      kind: 1 + Math.floor(random() * 5),
      attributes: { 'http.route': `/r/${i % 50}`, 'item.number': i },
      error: random() < 0.004 ? 'failed' : undefined,
    });
    spans.push({ id, from, to });
  }
  return t;
}
