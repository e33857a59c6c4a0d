// The script of the challenge page: tries counters until the derived key begins as asked, as ALTCHA's second version states
// it. Runs in the visitor's browser, so it is text here; without WebCrypto (pages not over TLS) it shows the way to wait.
export const SOLVER = `
(function () {
  var form = document.getElementById('challenge');
  var status = document.getElementById('status');
  var bar = document.getElementById('progress');
  var other = document.getElementById('other');
  function giveUp() { form.hidden = true; other.hidden = false; location.replace(other.querySelector('a').href); }
  if (!window.crypto || !crypto.subtle || !window.Promise) { giveUp(); return; }
  var challenge = JSON.parse(form.getAttribute('data-challenge'));
  var p = challenge.parameters;
  function bytes(hex) { return new Uint8Array(hex.match(/../g).map(function (pair) { return parseInt(pair, 16); })); }
  function hex(data) { return Array.prototype.map.call(data, function (b) { return ('0' + b.toString(16)).slice(-2); }).join(''); }
  var nonce = bytes(p.nonce), salt = bytes(p.salt), wanted = p.keyPrefix;
  var password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  var view = new DataView(password.buffer);
  function attempt(counter) {
    view.setUint32(nonce.length, counter);
    return crypto.subtle.importKey('raw', password, { name: 'PBKDF2' }, false, ['deriveBits']).then(function (key) {
      return crypto.subtle.deriveBits({ name: 'PBKDF2', salt: salt, iterations: p.cost, hash: 'SHA-256' }, key, p.keyLength * 8);
    }).then(function (bits) {
      var derived = hex(new Uint8Array(bits));
      if (derived.slice(0, wanted.length) === wanted) return send(counter, derived);
      if (counter % 25 === 0) bar.value = Math.min(95, counter / 12);
      return attempt(counter + 1);
    });
  }
  function send(counter, derived) {
    bar.value = 100;
    status.textContent = 'Done. The page opens now.';
    form.elements.answer.value = btoa(JSON.stringify({ challenge: challenge, solution: { counter: counter, derivedKey: derived } }));
    form.submit();
  }
  attempt(0).catch(giveUp);
})();
`;
