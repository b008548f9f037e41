// dockerode, unmodified, against the engine that DOCKER_HOST names. Prints the name of each check that
// passed; ends at the first that does not. Needs the image busybox:latest.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';

const require = createRequire(process.argv[2] + '/package.json');
const Docker = require('dockerode');
const tar = require('tar-stream');
const docker = new Docker();

const sleeper = async (options = {}) => {
  const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '1000'], ...options });
  await container.start();
  return container;
};

/** stdout and stderr of a multiplexed stream, once it has ended. */
const demultiplexed = async (stream) => {
  const out = new PassThrough();
  const err = new PassThrough();
  docker.modem.demuxStream(stream, out, err);
  stream.on('end', () => { out.end(); err.end(); });
  return (await Promise.all([buffer(out), buffer(err)])).map(String);
};

const fails = (promise, status, text) =>
  assert.rejects(promise, (e) => e.statusCode === status && e.json.message.includes(text));

const checks = {
  async system() {
    assert.equal(String(await docker.ping()), 'OK');
    assert.equal((await docker.version()).ApiVersion, '1.51');
    assert.equal((await docker.info()).OSType, 'linux');
  },

  async lifecycle() {
    const c = await sleeper({ name: 'js-life', Labels: { js: 'life' } });
    const listed = await docker.listContainers({ filters: { label: ['js=life'] } });
    assert.deepEqual(listed.map((x) => x.Names), [['/js-life']]);
    await c.pause();
    assert.equal((await c.inspect()).State.Status, 'paused');
    await c.unpause();
    await c.rename({ name: 'js-other' });
    await c.restart({ t: 0 });
    assert.equal((await c.top()).Processes.length, 1);
    await c.stop({ t: 0 });
    assert.equal((await c.wait()).StatusCode, 137);
    await c.remove();
    await fails(c.inspect(), 404, 'No such container');
  },

  async run() {
    const out = new PassThrough();
    const err = new PassThrough();
    const [result, c] = await docker.run('busybox', ['sh', '-c', 'echo out; echo err >&2; exit 3'], [out, err], { Tty: false });
    assert.equal(result.StatusCode, 3);
    assert.equal(String(out.read()), 'out\n');
    assert.equal(String(err.read()), 'err\n');
    await c.remove();
  },

  async exec() {
    const c = await sleeper();
    for (let i = 0; i < 30; i++) {
      const e = await c.exec({ Cmd: ['sh', '-c', 'cat; echo err >&2; exit 6'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
      const stream = await e.start({ hijack: true, stdin: true });
      const read = demultiplexed(stream);
      stream.end('through\n');
      assert.deepEqual(await read, ['through\n', 'err\n']);
      // Right after the streams have ended the code is there.
      assert.equal((await e.inspect()).ExitCode, 6);
    }
    await c.remove({ force: true });
  },

  async attach() {
    const c = await docker.createContainer({ Image: 'busybox', Cmd: ['cat'], OpenStdin: true, StdinOnce: true });
    const stream = await c.attach({ stream: true, stdin: true, stdout: true, hijack: true });
    const read = demultiplexed(stream);
    await c.start();
    stream.end('in and out\n');
    assert.equal((await read)[0], 'in and out\n');
    assert.equal((await c.wait()).StatusCode, 0);
    await c.remove();
  },

  async logs() {
    const c = await docker.createContainer({ Image: 'busybox', Cmd: ['sh', '-c', 'echo one; echo two >&2'] });
    await c.start();
    const stream = await c.logs({ follow: true, stdout: true, stderr: true });
    assert.deepEqual(await demultiplexed(stream), ['one\n', 'two\n']);
    await c.remove();
  },

  async archives() {
    const c = await sleeper();
    const pack = tar.pack();
    pack.entry({ name: 'file' }, 'content');
    pack.finalize();
    await c.putArchive(pack, { path: '/tmp' });
    const extract = tar.extract();
    const found = [];
    extract.on('entry', async (header, stream, next) => {
      found.push([header.name, String(await buffer(stream))]);
      next();
    });
    (await c.getArchive({ path: '/tmp/file' })).pipe(extract);
    await once(extract, 'finish');
    assert.deepEqual(found, [['file', 'content']]);
    await c.remove({ force: true });
  },

  async events() {
    const stream = await docker.getEvents({ filters: { label: ['js=events'] } });
    let text = '';
    const seen = () => text.split('\n').filter(Boolean).map((line) => JSON.parse(line).Action);
    const done = new Promise((resolve) => {
      stream.on('data', (part) => {
        text += part;
        if (text.endsWith('\n') && seen().includes('destroy')) resolve();
      });
    });
    const c = await sleeper({ Labels: { js: 'events' } });
    await c.remove({ force: true });
    await done;
    stream.destroy();
    assert.deepEqual(seen(), ['create', 'start', 'kill', 'die', 'destroy']);
  },

  async stats() {
    const c = await sleeper({ HostConfig: { Memory: 64 << 20 } });
    assert.equal((await c.stats({ stream: false })).memory_stats.limit, 64 << 20);
    await c.remove({ force: true });
  },

  async networksAndVolumes() {
    const n = await docker.createNetwork({ Name: 'js-net' });
    const v = await docker.createVolume({ Name: 'js-vol' });
    const c = await sleeper({ HostConfig: { NetworkMode: 'js-net', Binds: ['js-vol:/d'] } });
    assert.equal(Object.values((await n.inspect()).Containers).length, 1);
    await fails(n.remove(), 403, 'has active endpoints');
    await fails(docker.getVolume('js-vol').remove(), 409, 'volume is in use');
    await c.remove({ force: true });
    await n.remove();
    await docker.getVolume(v.Name ?? v.name).remove();
    await fails(n.inspect(), 404, 'not found');
  },

  async images() {
    const image = docker.getImage('busybox');
    await image.tag({ repo: 'js/tagged', tag: '1' });
    const saved = await buffer(await docker.getImage('js/tagged:1').get());
    await docker.getImage('js/tagged:1').remove();
    const load = new PassThrough();
    load.end(saved);
    const answer = String(await buffer(await docker.loadImage(load)));
    assert.match(answer, /Loaded image: js\/tagged:1/);
    assert.equal((await docker.getImage('js/tagged:1').inspect()).Id, (await image.inspect()).Id);
    await docker.getImage('js/tagged:1').remove();
  },

  async errors() {
    await fails(docker.getImage('nope:1').inspect(), 404, 'No such image: nope:1');
    await fails(docker.createContainer({ Image: 'nope:1' }), 404, 'No such image: nope:1');
    const c = await sleeper({ name: 'js-taken' });
    await fails(docker.createContainer({ Image: 'busybox', name: 'js-taken' }), 409, 'already in use');
    await fails(c.remove(), 409, 'container is running');
    await c.remove({ force: true });
    await fails(docker.createContainer({ Image: 'busybox', HostConfig: { CapAdd: ['nope'] } }), 400, 'unknown capability');
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log('passed ' + name);
}
process.exit(0);
