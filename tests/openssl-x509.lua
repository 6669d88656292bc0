-- lua-openssl's keys, certificates, requests and stores.

local fs = require('fs')
local openssl = require('openssl')
local helper = require('./libs/crypto-helper')
local raises = helper.raises
local pkey, x509, bn = openssl.pkey, openssl.x509, openssl.bn

-- Made once: RSA keys take a moment.
local rsa = assert(pkey.new('rsa', 2048))

-- An authority, and what it signs, as lua-openssl's own tests make them.
local function authority()
  local key = assert(pkey.new('ec', 'prime256v1'))
  local name = x509.name.new({ { C = 'DE' }, { CN = 'Test CA' } })
  local request = assert(x509.req.new(name, key))
  local certificate = x509.new(1, request)
  certificate:extensions({
    x509.extension.new_extension({ object = 'basicConstraints', value = 'CA:TRUE', critical = true }),
    x509.extension.new_extension({ object = 'keyUsage', value = 'keyCertSign' }),
  })
  certificate:notbefore(os.time() - 60)
  certificate:notafter(os.time() + 86400)
  assert(certificate:sign(key, certificate))
  return key, certificate
end

local function issue(caKey, ca, names, notAfter)
  local key = assert(pkey.new('ec'))
  local request = assert(x509.req.new(x509.name.new({ { commonName = 'server' } }), key))
  local certificate = x509.new(2, request)
  certificate:extensions({ x509.extension.new_extension({ object = 'subjectAltName', value = names }) })
  certificate:validat(os.time() - 7200, notAfter or os.time() + 3600)
  assert(certificate:sign(caKey, ca))
  return key, certificate
end

require('tap')(function (test)
  test("keys are made, written and read", function ()
    for _, key in ipairs({ rsa, assert(pkey.new('ec', 'secp384r1')), assert(pkey.new('ed25519')) }) do
      assert(getmetatable(key).__name == 'openssl.evp_pkey' and key:is_private())
      local public = assert(pkey.get_public(key))
      assert(not public:is_private() and public:bits() == key:bits() and key:bits() > 0)
      assert(key:export():find('^%-%-%-%-%-BEGIN PRIVATE KEY') and public:export():find('^%-%-%-%-%-BEGIN PUBLIC KEY'))
      for _, format in ipairs({ 'pem', 'der' }) do
        assert(assert(pkey.read(key:export(format), true)):export() == key:export())
        assert(assert(pkey.read(public:export(format))):export() == public:export())
        assert(pkey.read(key:export(format), true, format))
      end
      local sealed = key:export('pem', false, 'secret')
      assert(sealed:find('ENCRYPTED', 1, true) and pkey.read(sealed, true, 'pem', 'secret'):export() == key:export())
      assert(pkey.read(sealed, true, 'pem', 'wrong') == nil)
    end
    assert(rsa:export('pem', true):find('^%-%-%-%-%-BEGIN RSA PRIVATE KEY'))
    local found, err, code = pkey.read('junk', true)
    assert(found == nil and type(err) == 'string' and code)
    assert(pkey.read('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', true) == nil)
    assert(pkey.new('nonsense') == nil)
    raises("bad argument #1 to 'read' (string expected, got nil)", pkey.read)
    raises('auto, pem or der expected', pkey.read, 'x', true, 'xyz')
  end)

  test("signatures", function ()
    for _, key in ipairs({ rsa, assert(pkey.new('ec')), assert(pkey.new('ed25519')) }) do
      local public = key:get_public()
      local signature = assert(key:sign('message'))
      assert(public:verify('message', signature) == true and pkey.verify(public, 'massage', signature) == false)
      assert(public:verify('message', 'junk') == false)
      raises('private key expected, got a public one', public.sign, public, 'message')
    end
    local signature = assert(rsa:sign('message', 'sha512'))
    assert(rsa:verify('message', signature, 'sha512') and not rsa:verify('message', signature))
    local md = openssl.digest.get('sha256')
    local signing = md:signInit(rsa)
    signing:signUpdate('mess')
    signing:signUpdate('age')
    local checking = openssl.digest.verifyInit(md, rsa:get_public())
    checking:verifyUpdate('message')
    assert(checking:verifyFinal(assert(signing:signFinal())) == true)
    raises('private key expected', md.signInit, md, rsa:get_public())
    local short = openssl.digest.signInit('sha256', rsa)
    local again = openssl.digest.verifyInit('sha256', rsa:get_public())
    assert(short:update('message') and again:update('message') and again:final(short:final()) == true)
    raises("bad argument #1 to 'signFinal' (it was begun by verifyInit)", again.signFinal, again)
  end)

  test("encryption and agreement", function ()
    local public = rsa:get_public()
    for _, padding in ipairs({ 'pkcs1', 'oaep' }) do
      assert(rsa:decrypt(assert(public:encrypt('secret', padding)), padding) == 'secret')
    end
    assert(pkey.decrypt(rsa, pkey.encrypt(public, 'abc')) == 'abc')
    assert(public:encrypt(('x'):rep(300)) == nil)
    local a, b = assert(pkey.new('ec')), assert(pkey.new('ec'))
    assert(a:derive(b:get_public()) == b:derive(a) and #a:derive(b) == 32)
    raises("padding 'x931' is not part of luvit's openssl", public.encrypt, public, 'x', 'x931')
  end)

  test("the numbers of keys", function ()
    local parsed = rsa:parse()
    assert(parsed.type == 'RSA' and parsed.bits == 2048 and parsed.size == 256)
    local numbers = parsed.rsa:parse()
    assert(numbers.e == bn.number(65537) and numbers.p * numbers.q == numbers.n and numbers.d)
    -- As lit makes a key of what GitHub has.
    local public = assert(pkey.new({ alg = 'rsa', n = numbers.n, e = numbers.e }))
    assert(not public:is_private() and public:verify('message', rsa:sign('message')))
    numbers.alg = 'rsa'
    assert(pkey.new(numbers):is_private())
    assert(assert(pkey.new(parsed.rsa)):is_private())
    local ec = assert(pkey.new('ec')):parse()
    local point = ec.ec:parse()
    assert(ec.type == 'EC' and ec.bits == 256 and point.x and point.priv_key == point.d)
    assert(#point.pub_key == 65 and point.pub_key:byte() == 4 and bn.text(point.pub_key:sub(2, 33)) == point.x)
    -- The old form of a public key.
    local old = rsa:get_public():export('pem', true)
    assert(old:find('BEGIN RSA PUBLIC KEY', 1, true))
    assert(assert(pkey.read(old, false, 'pem', 'RSA')):export() == rsa:get_public():export())
    local der = rsa:get_public():export('der', true)
    assert(assert(pkey.read(der, false, 'der')):export('der', true) == der)
  end)

  test("certificates are made and read", function ()
    local caKey, ca = authority()
    assert(ca:parse().ca and ca:subject() == ca:issuer() and ca:verify(ca:pubkey()))
    local key, certificate = issue(caKey, ca, 'DNS:abc.xyz,DNS:*.wild.xyz,IP:192.168.1.1,email:a@b.c')
    assert(getmetatable(certificate).__name == 'openssl.x509')
    assert(certificate:subject():oneline() == '/CN=server' and certificate:issuer():oneline() == '/C=DE/CN=Test CA')
    assert(certificate:issuer() == ca:subject() and certificate:subject() ~= ca:subject())
    assert(certificate:subject():get_text('commonName') == 'server')
    assert(certificate:verify(ca:pubkey()) and not certificate:verify(key))
    assert(certificate:check(key) and not certificate:check(caKey))
    assert(certificate:version() == 2 and certificate:serial() == '02' and certificate:serial(false) == bn.number(2))
    assert(#certificate:digest() == 32 and #certificate:digest('sha1') == 20)
    local valid, first, last = certificate:validat()
    raises("bad argument #1 to 'notbefore' (openssl.x509 expected, got userdata)", certificate.validat, key, 1, 2)
    assert(valid and first:get() < os.time() and last:get() > os.time() and not certificate:validat(0))
    assert(tostring(certificate:notafter()):find('^%a%a%a +%d+ %d%d:%d%d:%d%d %d%d%d%d GMT$'))
    assert(certificate:check_host('abc.xyz') and certificate:check_host('a.wild.xyz') and not certificate:check_host('abc.xy'))
    assert(certificate:check_host('192.168.1.1') and certificate:check_ip_asc('192.168.1.1'))
    assert(not certificate:check_ip_asc('192.168.1.2') and certificate:check_email('a@b.c'))
    for _, format in ipairs({ 'pem', 'der' }) do
      assert(assert(x509.read(certificate:export(format), format)) == certificate)
      assert(x509.read(certificate:export(format), 'auto') == certificate)
    end
    -- luvit's root_ca.dat is read with a byte too many behind each certificate.
    assert(x509.read(certificate:export('der') .. 'x') == certificate)
    assert(x509.read('junk') == nil and x509.read(certificate:export(), 'der') == nil)
    local names = {}
    for _, extension in ipairs(certificate:extensions()) do names[extension:object()] = extension end
    assert(next(names))
    raises('has to be signed first', function() return x509.new(1):export() end)
    raises("openssl.x509.crl is not part of luvit's openssl", function() return x509.crl end)
  end)

  test("names are taken apart", function ()
    local name = x509.name.new({ { C = 'CN' }, { O = 'kkhub.com' }, { CN = 'zhaozg' } })
    assert(name:tostring() == '/C=CN/O=kkhub.com/CN=zhaozg' and name:entry_count() == 3)
    local output = openssl.bio.mem()
    assert(name:print(output) and output:get_mem() == 'C=CN, O=kkhub.com, CN=zhaozg')
    assert(name:get_entry(0).C == 'CN' and name:get_entry(2).CN == 'zhaozg' and name:get_entry(3) == nil)
    local copy = name:dup()
    assert(copy == name and copy:cmp(name) == 0 and copy:add_entry('OU', 'x'))
    local text, place = copy:get_text('OU')
    assert(text == 'x' and place == 3 and copy ~= name and name:entry_count() == 3)
    local kind, value = copy:delete_entry(3)
    assert(kind == 'OU' and value == 'x' and copy == name and copy:delete_entry(3) == nil)
    raises("bad argument #2 to 'cmp' (openssl.x509_name expected, got nil)", name.cmp, name)
    raises("bad argument #2 to 'print' (openssl.bio expected, got nil)", name.print, name)
    -- Another kind of object is no equal, and no crash.
    assert(getmetatable(name).__eq(name, output) == false)
  end)

  test("extensions are changed and copied", function ()
    local extension = x509.extension.new_extension({ object = 'basicConstraints', value = 'CA:FALSE' })
    local copy = extension:dup()
    assert(copy:critical(true) and copy:critical() and not extension:critical())
    assert(copy:data('CA:TRUE') and copy:data() == 'CA:TRUE' and extension:data() == 'CA:FALSE')
    local key = assert(pkey.new('ec'))
    local certificate = x509.new(1, assert(x509.req.new(x509.name.new({ { CN = 'a' } }), key)))
    certificate:extensions({ copy })
    assert(certificate:sign(key, certificate) and certificate:parse().ca)
  end)

  test("a certificate whose key is of an unknown kind", function ()
    local mine = assert(pkey.new('ec'))
    local made = x509.new(1, assert(x509.req.new(x509.name.new({ { CN = 'a' } }), mine)))
    assert(made:sign(mine, made))
    -- The object identifier of keys on curves, with another last byte.
    local der = made:export('der'):gsub('\42\134\72\206\61\2\1', '\42\134\72\206\61\2\127')
    local certificate = assert(x509.read(der, 'der'))
    assert(certificate:parse().pubkey == nil and certificate:subject():oneline() == '/CN=a')
    local key, err, code = certificate:pubkey()
    assert(key == nil and err and code == 'ERR_OSSL_UNSUPPORTED', err)
  end)

  test("stores", function ()
    local caKey, ca = authority()
    local _, certificate = issue(caKey, ca, 'DNS:abc.xyz')
    local store = x509.store:new()
    assert(getmetatable(store).__name == 'openssl.x509_store' and store:add(ca) and store:trust(true))
    assert(certificate:check(store) == true)
    local good, number = certificate:check(x509.store.new({ select(2, authority()) }))
    assert(good == false and x509.verify_cert_error_string(number):find('issuer') or number > 0)
    local _, expired = issue(caKey, ca, 'DNS:abc.xyz', os.time() - 3600)
    good, number = expired:check(store)
    assert(good == false and x509.verify_cert_error_string(number) == 'certificate has expired')
    raises("bad argument #2 to 'add' (openssl.x509 expected, got string)", store.add, store, 'x')
    local many = x509.store.new({})
    assert(many:add({ ca }) and certificate:check(many) == true)
    -- Of a file, and of a folder.
    local folder = assert(fs.mkdtempSync(require('uv').os_tmpdir() .. '/openssl-XXXXXX'))
    assert(fs.writeFileSync(folder .. '/ca.pem', ca:export()))
    for path, kind in pairs({ [folder] = 'dir', [folder .. '/ca.pem'] = 'file' }) do
      local looked = x509.store.new({})
      assert(looked:add_lookup(path, kind, 'pem') and certificate:check(looked) == true, kind)
    end
    assert(x509.store.new({}):add_lookup(folder .. '/none', 'file') == nil)
    raises("files of the format 'asn1' are not part of luvit's openssl", many.add_lookup, many, folder, 'dir', 'asn1')
    raises("bad argument #3 to 'add_lookup' (file or dir expected, got string)", many.add_lookup, many, folder, 'x')
    assert(fs.unlinkSync(folder .. '/ca.pem') and fs.rmdirSync(folder))
    assert(#x509.purpose() == 9 and x509.purpose('sslserver').purpose == 2)
  end)

  test("requests", function ()
    local key = assert(pkey.new('ec'))
    local name = x509.name.new({ { C = 'CN' }, { O = 'a' }, { CN = 'b' } })
    local extensions = { x509.extension.new_extension({ object = 'subjectAltName', value = 'DNS:abc.xyz' }) }
    local request = assert(x509.req.new(name, extensions, key, 'sha256'))
    assert(request:verify() and request:check(key) and request:subject() == name and request:subject():oneline() == '/C=CN/O=a/CN=b')
    for _, format in ipairs({ 'pem', 'der' }) do
      local read = assert(x509.req.read(request:export(format), 'auto'))
      assert(read:verify() and read:subject() == name and read:public():export() == key:get_public():export())
    end
    assert(x509.req.read('junk') == nil)
    local certificate = assert(request:to_x509(key, 10))
    assert(certificate:check(key) and certificate:check_host('abc.xyz') and certificate:subject() == certificate:issuer())
    assert(request:version() == 0 and request:version(0) and request:public(key))
    local info = request:parse()
    assert(info.req_info.pubkey.algorithm == 'EC' and info.req_info.pubkey.pubkey:export() == key:get_public():export())
    raises("bad argument #3 to 'to_x509' (number expected, got table)", request.to_x509, request, key, {})
    local unsigned = x509.req.new(name)
    assert(unsigned:parse().req_info.pubkey == nil)
    assert(not unsigned:verify())
    assert(unsigned:sign(key) and unsigned:verify())
  end)

  test("openssl agrees", function (_, _, context)
    if not helper.has('openssl', 'version') then return context.skip('openssl is not installed') end
    local caKey, ca = authority()
    local _, certificate = issue(caKey, ca, 'DNS:abc.xyz')
    local text = helper.run('openssl', { 'x509', '-noout', '-subject', '-serial', '-ext', 'subjectAltName' }, certificate:export())
    assert(text:find('CN = server', 1, true) and text:find('DNS:abc.xyz', 1, true) and text:find('serial=02', 1, true), text)
    local request = assert(x509.req.new(x509.name.new({ { CN = 'b' } }), assert(pkey.new('ec'))))
    assert(helper.run('openssl', { 'req', '-noout', '-verify' }, request:export()))
    local key = assert(helper.run('openssl', { 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256' }))
    assert(assert(pkey.read(key, true)):parse().bits == 256)
  end)
end)
