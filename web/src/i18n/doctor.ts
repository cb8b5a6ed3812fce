import type { Lang } from '.';

/** What the doctor found, in another language than the server's own: from the code of a finding and the names and numbers in its sentences. */
export interface FindingWords {
  title(...values: string[]): string;
  detail?(...values: string[]): string;
  wayOut?: string;
}

export interface DoctorWords {
  likelyCause(title: string): string;
  worthALook(title: string): string;
  allWell: string;
  findings: Readonly<Record<string, FindingWords>>;
}

/** "90 s", "3 min", "5 h" as the server writes ages. */
function age(text: string): string {
  const [amount, unit] = text.split(' ');
  return `${amount}${({ s: '초', min: '분', h: '시간' } as Record<string, string>)[unit] ?? ` ${unit}`}`;
}

const ko: DoctorWords = {
  likelyCause: (title) => `원인으로 보이는 것: ${title}`,
  worthALook: (title) => `스팬은 받고 있습니다. 살펴볼 것: ${title}`,
  allWell: '살펴본 것은 모두 정상입니다.',
  findings: {
    'not-in-this-version': {
      title: (component) => `${component}이(가) 설정에 있지만 이 버전에서는 아무 일도 하지 않습니다.`,
      detail: (where, why) => `${where}: ${why}`,
    },
    'no-receiver': {
      title: () => '동작하는 수신기가 없어 스팬을 보낼 수 없습니다.',
      wayOut: 'receivers와 service.pipelines.traces.receivers에 수신기를 적으세요. 설정이 없으면 OTLP가 켜집니다.',
    },
    'not-listening': {
      title: (receiver, transport) => `수신기 ${receiver}이(가) ${transport}를 듣고 있지 않습니다.`,
      wayOut: '이유는 로그에 있습니다. 대개 다른 프로그램이 그 포트를 쓰고 있습니다.',
    },
    listening: { title: (receiver, transport, addresses) => `수신기 ${receiver}이(가) ${addresses}에서 ${transport}를 듣고 있습니다.` },
    'loopback-in-container': {
      title: (receivers) => `${receivers}에는 이 컨테이너 안에서만 닿을 수 있습니다.`,
      detail: () => '루프백 주소에 묶여 있습니다.',
      wayOut: '프로토콜마다 endpoint: 0.0.0.0:PORT를 설정하세요.',
    },
    loopback: {
      title: (receivers) => `${receivers}에는 이 컴퓨터에서만 닿을 수 있습니다.`,
      detail: () => '기본값인 루프백 주소에 묶여 있습니다.',
      wayOut: '보내는 쪽이 다른 컴퓨터에 있다면 endpoint: 0.0.0.0:PORT를 설정하세요.',
    },
    'nothing-received': {
      title: () => '시작한 뒤로 아무것도 도착하지 않았습니다.',
      detail: (addresses) => `듣고 있는 주소: ${addresses}.`,
      wayOut:
        '애플리케이션이 내보내는지(OTEL_TRACES_EXPORTER가 none이 아닌지), OTEL_EXPORTER_OTLP_ENDPOINT가 이 주소인지, 포트가 프로토콜에 맞는지(4317 gRPC, 4318 HTTP), 사이에 네트워크 정책이 없는지 확인하세요.',
    },
    received: {
      title: (spans, receiver, transport, ago) => `${receiver}이(가) ${transport}로 스팬 ${spans}개를 받았습니다. 마지막은 ${age(ago)} 전입니다.`,
      detail: (senders) => senders.replace(/(\d+) accepted, (\d+) refused/g, '$1개 수락, $2개 거부').replaceAll('no user agent', 'User-Agent 없음'),
    },
    silent: {
      title: (since) => `${age(since)} 동안 아무것도 도착하지 않았습니다.`,
      detail: (peer) => `마지막 요청은 ${peer}에서 왔습니다.`,
      wayOut: '애플리케이션에 요청이 들어오고 있다면, 그 로그에서 내보내기 오류를 찾아보세요.',
    },
    'tls-to-plaintext': {
      title: (connections, receiver, transport) => `${receiver}(${transport})의 평문 포트에 TLS로 말을 건 연결이 ${connections}개 있습니다.`,
      wayOut: 'OTEL_EXPORTER_OTLP_ENDPOINT에 http://를 쓰거나(Collector의 내보내기에서는 insecure: true), 수신기에 tls: {cert_file, key_file}을 주세요.',
    },
    refused: {
      title: (receiver, transport, spans, requests) => `${receiver}(${transport})이(가) 스팬 ${spans}개와 요청 ${requests}개를 거부했습니다.`,
      detail: (ago, reason) => `마지막은 ${age(ago)} 전: ${reason}`,
      wayOut: '보낸 쪽에도 같은 내용을 알렸습니다. 위의 이유에 무엇을 바꿀지 적혀 있습니다.',
    },
    'other-signals': {
      title: (requests, receiver, transport) => `메트릭이나 로그가 든 요청 ${requests}개가 ${receiver}(${transport})에 왔습니다. Clew는 트레이스만 받습니다.`,
      wayOut: 'OTEL_METRICS_EXPORTER=none과 OTEL_LOGS_EXPORTER=none을 설정하거나, 그 신호를 다른 곳으로 보내세요.',
    },
    'sampled-away': {
      title: (stage, pipeline, share) => `파이프라인 ${pipeline}의 ${stage}이(가) 설정대로 스팬의 ${share} %를 버렸습니다.`,
      detail: (before, after) => `들어온 것 ${before}개, 나간 것 ${after}개.`,
      wayOut: '찾는 트레이스가 그 안에 있었을 수 있습니다. 더 남기려면 비율을 올리거나 조건을 느슨하게 하세요.',
    },
    'pipeline-refuses': { title: (stage, pipeline, spans) => `파이프라인 ${pipeline}의 ${stage}이(가) 스팬 ${spans}개를 거부했습니다. 보낸 쪽에는 다시 보내라고 하거나 이유를 알렸습니다.` },
    'exporter-failing': {
      title: (exporter, target) => `내보내기 ${exporter}이(가) ${target}에 전달하지 못하고 있습니다.`,
      wayOut: '받았다고 답한 것은 디스크의 대기열에서 기다리다가, 다음 서버가 돌아오면 보냅니다. 그 주소와 TLS, 이름 해석을 확인하세요.',
    },
    'exporter-gave-up': {
      title: (exporter, spans) => `내보내기 ${exporter}이(가) 다음 서버가 끝내 거부한 스팬 ${spans}개를 포기했습니다.`,
      wayOut: '요청마다의 이유는 로그에 있습니다.',
    },
    'queue-nearly-full': {
      title: (exporter, size, capacity, unit) => `내보내기 ${exporter}의 대기열이 ${capacity} 가운데 ${size} ${unit}만큼 찼습니다.`,
      wayOut: '가득 차면 보내는 쪽이 거부됩니다. 다음 서버를 빠르게 하거나 sending_queue.queue_size를 늘리세요.',
    },
    'reload-failed': {
      title: (ago) => `디스크의 설정은 적용되지 않았습니다. ${age(ago)} 전에 다시 읽다가 실패했습니다.`,
      wayOut: '이전 설정으로 계속 동작합니다. 메시지가 가리키는 곳을 고치세요. 파일이 바뀌면 저절로 다시 읽습니다.',
    },
    'store-empty': {
      title: () => '이 테넌트에는 저장된 것이 없습니다.',
      detail: (spans) => `스팬 ${spans}개를 받았습니다. 표본 추출로 버려졌거나, 다른 곳으로 보냈거나, 다른 테넌트의 것입니다.`,
      wayOut: '위의 표본 추출과 파이프라인의 내보내기, 보내는 쪽과 읽는 쪽의 테넌트 헤더를 견주어 보세요.',
    },
    stored: { title: (spans, from, to) => `스팬 ${spans}개가 저장되어 있습니다(${from} – ${to}).` },
    'clock-ahead': {
      title: (time) => `가장 새로운 스팬이 미래에 있습니다: ${time}.`,
      detail: () => '보내는 쪽의 시계가 앞서 있습니다.',
      wayOut: '보내는 쪽의 시계를 맞추세요(NTP). 지금까지의 검색에는 이 스팬이 나오지 않습니다.',
    },
    'data-is-old': {
      title: (time) => `가장 새로운 스팬은 ${time}의 것입니다.`,
      detail: () => '최근 한 시간의 검색에는 아무것도 나오지 않습니다.',
      wayOut: '시간 범위를 넓히면 있는 것을 볼 수 있습니다.',
    },
    'lost-context': {
      title: (rootless, all) => `최근 트레이스 ${all}개 가운데 ${rootless}개에 루트 스팬이 없습니다.`,
      detail: (traceId) => `예: ${traceId}.`,
      wayOut:
        '어떤 서비스가 트레이스 헤더를 넘겨주지 않거나, 다른 헤더를 쓰거나(W3C 뒤의 B3라면 OTEL_PROPAGATORS=tracecontext,baggage,b3multi), 스스로 표본을 추출하고 있습니다.',
    },
    'self-test-refused': { title: (where) => `${where}(으)로 보낸 시험 스팬이 거부되었습니다.`, wayOut: '그 이유에 무엇을 바꿀지 적혀 있습니다.' },
    'self-test-unreachable': { title: (where) => `${where}(으)로 시험 스팬을 보내지 못했습니다.`, wayOut: '이 컴퓨터에서 그 포트가 답하지 않습니다. 수신기의 로그를 보세요.' },
    'self-test-sent-on': { title: (where) => `${where}(으)로 보낸 시험 스팬을 받았다는 답이 왔고, 내보내기에 넘겨졌습니다.`, detail: (traceId) => `트레이스 ${traceId}, 서비스 clew-doctor.` },
    'self-test-found': { title: (where) => `${where}(으)로 보낸 시험 스팬을 받았다는 답이 왔고, 바로 다시 찾았습니다.`, detail: (traceId) => `트레이스 ${traceId}, 서비스 clew-doctor.` },
    'self-test-lost': {
      title: (where) => `${where}(으)로 보낸 시험 스팬을 받았다는 답이 왔지만, 여기에 저장되어 있지 않습니다.`,
      detail: (traceId) => `트레이스 ${traceId}.`,
      wayOut: '표본 추출이나 필터가 설정대로 버렸거나, 어떤 처리기가 트레이스 전체를 기다리거나, 파이프라인이 다른 프로세스에서 끝납니다.',
    },
  },
};

/** Null where the server's own words are shown. */
export const doctorWords: Record<Lang, DoctorWords | null> = { en: null, ko };
