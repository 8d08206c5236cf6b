import { webhookSignature } from '../../../src/audit/sinks/https-sink.js';

it('signs as the test vector of Standard Webhooks has it', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  expect(webhookSignature(key, { id, atSeconds: 1614265330, body: '{"test": 2432232314}' })).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});
