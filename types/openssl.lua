---@meta openssl

-- Made by scripts/reference.lua of crates/luvit/lua/openssl/. Change it there.

-- The part of lua-openssl that published packages use, so that they run unchanged: digests, ciphers, keys, certificates,
-- integers of any size, and TLS sessions between memory BIOs.
--
-- New programs do better with `crypto` and `tls`, which check more: here, as in OpenSSL, a TLS session verifies that the
-- peer's certificate is signed by somebody it trusts, and only if `verify_mode` asks for it; for which host it is,
-- `x509:check_host` tells.
--
-- Objects are userdata whose metatable has lua-openssl's `__name`. A function that fails returns nil, the text and a code.
-- What lua-openssl has and this has not raises an error that names it.

---Memory BIOs.
---@class luvit.openssl.bio
local bio = {}

---A memory BIO.
---@param content? string|integer what is in it at first; a number is lua-openssl's size to begin with, and means nothing
---@return luvit.openssl.MemoryBio
function bio.mem(content) end

---Two BIOs that are the ends of one line: what is written to one is read from the other. `ctx:ssl` takes an end as its input
---and output.
---@return luvit.openssl.MemoryBio
---@return luvit.openssl.MemoryBio
function bio.pair() end

---A queue of bytes: what is written at its end is read at its beginning.
---@class luvit.openssl.MemoryBio
local MemoryBio = {}

---Writes bytes to its end.
---@param data string
---@return integer|nil # how many were written
---@return string? err # when it was closed
---@return string? code
function MemoryBio:write(data) end

---Writes bytes to its end, as `write` does.
---@param data string
---@return integer|nil
---@return string? err
---@return string? code
function MemoryBio:puts(data) end

---Takes bytes from its beginning.
---@param count? integer all by default
---@return string|nil # nil when it is empty
function MemoryBio:read(count) end

---Takes a line from its beginning, with its line end.
---@param count? integer bytes at most
---@return string|nil # nil when it is empty
function MemoryBio:gets(count) end

---All that is in it, which stays there.
---@return string
function MemoryBio:get_mem() end

---How many bytes can be read, and how many the other end of a pair has not read yet.
---@return integer count
---@return integer waiting
function MemoryBio:pending() end

---Whether all was read.
---@return boolean
function MemoryBio:eof() end

---Empties it.
---@return boolean # true
function MemoryBio:reset() end

---Does nothing: what is written can be read at once.
---@return boolean # true
function MemoryBio:flush() end

---Empties it, and takes nothing more.
---@return boolean # true
function MemoryBio:close() end

---What kind it is: `memory buffer`, or `BIO pair`.
---@return string
function MemoryBio:type() end

---Whether it makes sense to try again: it does when it is empty.
---@return boolean
function MemoryBio:retry() end

---Symmetric ciphers.
---@class luvit.openssl.cipher
---@field EVP_CTRL_INIT integer
---@field EVP_CTRL_GCM_SET_IVLEN integer
---@field EVP_CTRL_GCM_GET_TAG integer
---@field EVP_CTRL_GCM_SET_TAG integer
local cipher = {}

---A cipher by its name.
---@param alg string|integer
---@return luvit.openssl.EvpCipher? cipher
---@return string? err
---@return string? code
function cipher.get(alg) end

---The names of the ciphers.
---@param aliases? boolean false for those without a second name of another, as `aes128`
---@return string[]
function cipher.list(aliases) end

---Encrypts a message.
---@param alg string|luvit.openssl.EvpCipher
---@param data string
---@param key string
---@param iv? string zeros by default
---@param padding? boolean false for messages of whole blocks
---@return string? output
---@return string? err
---@return string? code
function cipher.encrypt(alg, data, key, iv, padding) end

---Decrypts a message.
---@param alg string|luvit.openssl.EvpCipher
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function cipher.decrypt(alg, data, key, iv, padding) end

---Encrypts or decrypts a message.
---@param alg string|luvit.openssl.EvpCipher
---@param encrypt boolean
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function cipher.cipher(alg, encrypt, data, key, iv, padding) end

---Begins a message.
---@param alg string|luvit.openssl.EvpCipher
---@param encrypt boolean
---@param key? string may be given to `init`
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext? context
---@return string? err
---@return string? code
function cipher.new(alg, encrypt, key, iv, padding) end

---Begins a message that is encrypted.
---@param alg string|luvit.openssl.EvpCipher
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext? context
---@return string? err
---@return string? code
function cipher.encrypt_new(alg, key, iv, padding) end

---Begins a message that is decrypted.
---@param alg string|luvit.openssl.EvpCipher
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext? context
---@return string? err
---@return string? code
function cipher.decrypt_new(alg, key, iv, padding) end

---A cipher.
---@class luvit.openssl.EvpCipher
local EvpCipher = {}

---Encrypts a message.
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function EvpCipher:encrypt(data, key, iv, padding) end

---Decrypts a message.
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function EvpCipher:decrypt(data, key, iv, padding) end

---Begins a message.
---@param encrypt boolean
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext
function EvpCipher:new(encrypt, key, iv, padding) end

---Begins a message that is encrypted.
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext
function EvpCipher:encrypt_new(key, iv, padding) end

---Begins a message that is decrypted.
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext
function EvpCipher:decrypt_new(key, iv, padding) end

---What is known of it.
---@return { name: string, block_size: integer, key_length: integer, iv_length: integer, mode: string, nid: integer }
function EvpCipher:info() end

---Key and vector from a password, by OpenSSL's old `EVP_BytesToKey` with one iteration. It is no protection for passwords.
---@param data string
---@param salt? string 8 bytes
---@param digest? string `sha1` by default
---@return string key
---@return string iv
function EvpCipher:BytesToKey(data, salt, digest) end

---A message under way.
---@class luvit.openssl.CipherContext
local CipherContext = {}

---Begins again.
---@param key string
---@param iv? string
---@param encrypt? boolean as before by default
---@return boolean # true
function CipherContext:init(key, iv, encrypt) end

---Adds a piece of the message.
---@param data string
---@param associated? boolean true for data that is authenticated only
---@return string? output
---@return string? err
---@return string? code
function CipherContext:update(data, associated) end

---Ends the message.
---@return string? output
---@return string? err
---@return string? code
function CipherContext:final() end

---Whether the last block is filled up.
---@param padding boolean
function CipherContext:padding(padding) end

---What is known of its cipher.
---@return { name: string, block_size: integer, key_length: integer, iv_length: integer, mode: string, nid: integer }
function CipherContext:info() end

---Lets go of it and its key: every other call is an error afterwards.
function CipherContext:close() end

---Does what the commands `EVP_CTRL_…` say.
---@param command integer
---@param argument? integer|string the length of a vector or tag, or a tag
---@return any # the tag, or true
---@return string? err
---@return string? code
function CipherContext:ctrl(command, argument) end

---Digests, and signatures piece by piece.
---@class luvit.openssl.digest
local digest = {}

---The digest of a string.
---@param alg string|luvit.openssl.EvpDigest
---@param data string
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string? digest
---@return string? err
---@return string? code
function digest.digest(alg, data, raw) end

---A digest algorithm by its name.
---@param alg string
---@return luvit.openssl.EvpDigest? digest
---@return string? err
---@return string? code
function digest.get(alg) end

---Begins a digest.
---@param alg string|luvit.openssl.EvpDigest
---@return luvit.openssl.DigestContext? context
---@return string? err
---@return string? code
function digest.new(alg) end

---The names of the digests.
---@param aliases? boolean false for those without a second name of another, as `RSA-SHA256`
---@return string[]
function digest.list(aliases) end

---Begins a signature.
---@param alg? string|luvit.openssl.EvpDigest nil for keys that choose themselves, as those of Ed25519
---@param key luvit.openssl.EvpKey a private key
---@return luvit.openssl.SignContext
function digest.signInit(alg, key) end

---Begins to verify a signature.
---@param alg? string|luvit.openssl.EvpDigest
---@param key luvit.openssl.EvpKey
---@return luvit.openssl.SignContext
function digest.verifyInit(alg, key) end

---A digest algorithm.
---@class luvit.openssl.EvpDigest
local EvpDigest = {}

---The digest of a string, as bytes.
---@param data string
---@return string
function EvpDigest:digest(data) end

---Begins a digest.
---@return luvit.openssl.DigestContext
function EvpDigest:new() end

---What is known of it.
---@return { name: string, size: integer, block_size: integer, nid: integer?, type: integer? }
function EvpDigest:info() end

---Begins a signature.
---@param key luvit.openssl.EvpKey
---@return luvit.openssl.SignContext
function EvpDigest:signInit(key) end

---Begins to verify a signature.
---@param key luvit.openssl.EvpKey
---@return luvit.openssl.SignContext
function EvpDigest:verifyInit(key) end

---A digest under way.
---@class luvit.openssl.DigestContext
local DigestContext = {}

---Adds bytes.
---@param data string
---@return boolean # true
function DigestContext:update(data) end

---The digest of all that was added; more may be added afterwards.
---@param data? string|boolean more bytes, or `raw`
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string
function DigestContext:final(data, raw) end

---Begins again.
---@return boolean # true
function DigestContext:reset() end

---Another one that goes on from here.
---@return luvit.openssl.DigestContext
function DigestContext:clone() end

---What is known of its algorithm.
---@return { name: string, size: integer, block_size: integer, nid: integer?, type: integer? }
function DigestContext:info() end

---Lets go of it: every other call is an error afterwards.
function DigestContext:close() end

---A signature under way, made or verified.
---@class luvit.openssl.SignContext
local SignContext = {}

---Adds bytes to what is signed.
---@param data string
---@return boolean # true
function SignContext:signUpdate(data) end

---Adds bytes to what is verified.
---@param data string
---@return boolean # true
function SignContext:verifyUpdate(data) end

---Adds bytes, to either.
---@param data string
---@return boolean # true
function SignContext:update(data) end

---The signature.
---@return string? signature
---@return string? err
---@return string? code
function SignContext:signFinal() end

---Whether a signature is right.
---@param signature string
---@return boolean? valid
---@return string? err
---@return string? code
function SignContext:verifyFinal(signature) end

---The signature; or whether one is right, of what is verified.
---@param signature? string
---@return string|boolean|nil
---@return string? err
---@return string? code
function SignContext:final(signature) end

---The signature of a message in one call.
---@param data string
---@return string? signature
---@return string? err
---@return string? code
function SignContext:sign(data) end

---Whether a signature of a message is right, in one call.
---@param signature string
---@param data string
---@return boolean? valid
---@return string? err
---@return string? code
function SignContext:verify(signature, data) end

---Extensions of certificates and requests.
---@class luvit.openssl.x509.extension
local extension = {}

---Makes an extension.
---@param spec { object: string, value: string, critical?: boolean } such as `{ object = 'basicConstraints', value = 'CA:TRUE' }`;
---  the value is OpenSSL's text of `basicConstraints`, `keyUsage`, `extendedKeyUsage` and `subjectAltName`, and DER of others
---@return luvit.openssl.Extension
function extension.new_extension(spec) end

---An extension.
---@class luvit.openssl.Extension
local Extension = {}

---What it is: its name or number, whether it is critical, and its value.
---@return { object: string, critical: boolean, value: string }
function Extension:info() end

---Its name or number.
---@return string
function Extension:object() end

---Whether who does not know it must refuse the certificate; or sets that.
---@param critical? boolean
---@return boolean
function Extension:critical(critical) end

---Its value; or sets it.
---@param value? string
---@return string|boolean
function Extension:data(value) end

---Another one that is the same.
---@return luvit.openssl.Extension
function Extension:dup() end

---Message authentication codes.
---@class luvit.openssl.hmac
local hmac = {}

---The code of a message.
---@param alg string|luvit.openssl.EvpDigest
---@param data string
---@param key string
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string? code
---@return string? err
---@return string? errcode
function hmac.hmac(alg, data, key, raw) end

---The same as `hmac`.
---@param alg string|luvit.openssl.EvpDigest
---@param data string
---@param key string
---@param raw? boolean
---@return string? code
---@return string? err
---@return string? errcode
function hmac.digest(alg, data, key, raw) end

---Begins a code.
---@param alg string|luvit.openssl.EvpDigest
---@param key string
---@return luvit.openssl.HmacContext? hmac
---@return string? err
---@return string? errcode
function hmac.new(alg, key) end

---A message authentication code under way.
---@class luvit.openssl.HmacContext
local HmacContext = {}

---Adds bytes.
---@param data string
---@return boolean # true
function HmacContext:update(data) end

---The code of all that was added; more may be added afterwards.
---@param data? string|boolean more bytes, or `raw`
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string
function HmacContext:final(data, raw) end

---Begins again, with the same key.
---@return boolean # true
function HmacContext:reset() end

---Lets go of it: every other call is an error afterwards.
function HmacContext:close() end

---How many bytes the code has.
---@return integer
function HmacContext:size() end

---Names of certificates.
---@class luvit.openssl.x509.name
local name = {}

---Makes a name.
---@param list table[] tables of one pair each, as `{ { CN = 'a' }, { C = 'DE' } }`
---@return luvit.openssl.Name
function name.new(list) end

---A name: pairs of a kind, as `CN` or `O`, and a text.
---@class luvit.openssl.Name
local Name = {}

---All in one line: `/C=DE/CN=a`.
---@return string
function Name:oneline() end

---All in one line: `C=DE, CN=a`.
---@return string
function Name:toprint() end

---All in one line, as `oneline` does.
---@return string
function Name:tostring() end

---Writes all to a BIO in one line: `C=DE, CN=a`.
---@param output luvit.openssl.MemoryBio
---@return boolean # true
function Name:print(output) end

---The text of the first pair of a kind.
---@param kind string
---@return string?
---@return integer? # which pair it is, counted from 0
function Name:get_text(kind) end

---A pair by its place.
---@param index integer counted from 0
---@return table<string, string>? # as a table of one; nil past the end
function Name:get_entry(index) end

---Removes a pair by its place.
---@param index integer counted from 0
---@return string? kind # nil past the end
---@return string? text
function Name:delete_entry(index) end

---Another one with the same pairs.
---@return luvit.openssl.Name
function Name:dup() end

---How many pairs there are.
---@return integer
function Name:entry_count() end

---The pairs, as tables of one.
---@return table<string, string>[]
function Name:info() end

---Adds a pair at the end.
---@param kind string
---@param text string
---@return boolean # true
function Name:add_entry(kind, text) end

---0 for equal names, else the order of their texts.
---@param other luvit.openssl.Name
---@return integer
function Name:cmp(other) end

---Keys. The methods of keys are functions here too: `pkey.sign(key, data)`.
---@class luvit.openssl.pkey
local pkey = {}

---Reads a key.
---@param data string|luvit.openssl.MemoryBio
---@param private? boolean true for a private key
---@param format? 'auto'|'pem'|'der' found out by default
---@param passphrase? string of a private key; of a public one, or one that is not encrypted, it means nothing
---@return luvit.openssl.EvpKey? key
---@return string? err
---@return string? code
function pkey.read(data, private, format, passphrase) end

---Makes a key: a new private one, or one of numbers.
---@param alg? string|table `rsa` (the default), `ec`, `ed25519`, `x25519` …, or a table with `alg` and the numbers `n`, `e`,
---  and of a private key `d`, `p`, `q`, `dmp1`, `dmq1`, `iqmp`
---@param size? integer|string bits of an RSA key (2048 by default), or the curve (`prime256v1` by default)
---@param exponent? integer of an RSA key, 65537 by default
---@return luvit.openssl.EvpKey? key
---@return string? err
---@return string? code
function pkey.new(alg, size, exponent) end

---A key: a private one, or a public one.
---@class luvit.openssl.EvpKey
local EvpKey = {}

---The public half of a key.
---@return luvit.openssl.EvpKey? key
---@return string? err
---@return string? code
function EvpKey:get_public() end

---Whether it is a private key.
---@return boolean
function EvpKey:is_private() end

---A key as text or DER.
---@param format? 'pem'|'der'|table `pem` by default; a table `{ pem = true }` does as well
---@param traditional? boolean true for the old form, as `BEGIN RSA PRIVATE KEY`; of public keys, only those of RSA have one
---@param passphrase? string encrypts a private key
---@return string? text
---@return string? err
---@return string? code
function EvpKey:export(format, traditional, passphrase) end

---How many bits it has.
---@return integer
function EvpKey:bits() end

---How many bytes a signature has at most.
---@return integer
function EvpKey:size() end

---What is known of it: `type`, `bits`, `size`, and under `rsa` or `ec` an object whose `parse` gives the numbers.
---@return { type: string, bits: integer, size: integer, rsa: luvit.openssl.KeyNumbers?, ec: luvit.openssl.KeyNumbers? }
function EvpKey:parse() end

---Signs a message.
---@param data string
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return string? signature
---@return string? err
---@return string? code
function EvpKey:sign(data, alg) end

---Whether a signature of a message is right.
---@param data string
---@param signature string
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return boolean? valid
---@return string? err
---@return string? code
function EvpKey:verify(data, signature, alg) end

---Encrypts a short message with a public RSA key.
---@param data string
---@param padding? 'pkcs1'|'oaep'|'no' `pkcs1` by default
---@return string? output
---@return string? err
---@return string? code
function EvpKey:encrypt(data, padding) end

---Decrypts a message with a private RSA key.
---@param data string
---@param padding? 'pkcs1'|'oaep'|'no'
---@return string? output
---@return string? err
---@return string? code
function EvpKey:decrypt(data, padding) end

---The secret that this private key and the public key of somebody else give both (ECDH, X25519).
---@param peer luvit.openssl.EvpKey
---@return string? secret
---@return string? err
---@return string? code
function EvpKey:derive(peer) end

---The numbers of a key.
---@class luvit.openssl.KeyNumbers
local KeyNumbers = {}

---The numbers, as `openssl.bn`: of an RSA key `n` and `e`, and of a private one `d`, `p`, `q`, `dmp1`, `dmq1` and `iqmp`; of a key
---on a curve `x` and `y`, and of a private one `d`, which is `priv_key` as well. Its `pub_key` is the point as bytes, and
---`curve_name` the curve as JSON Web Keys call it.
---@return table<string, userdata|string>
function KeyNumbers:parse() end

---Requests for certificates.
---@class luvit.openssl.x509.req
local req = {}

---Makes a request.
---@param ... luvit.openssl.Name|luvit.openssl.EvpKey|luvit.openssl.Extension[]|string the subject, the key that signs
---  it, extensions, and the digest, in any order; without a key it has to be signed
---@return luvit.openssl.Request? request
---@return string? err
---@return string? code
function req.new(...) end

---Reads a request.
---@param data string|luvit.openssl.MemoryBio
---@param format? 'auto'|'pem'|'der'
---@return luvit.openssl.Request? request
---@return string? err
---@return string? code
function req.read(data, format) end

---A request for a certificate.
---@class luvit.openssl.Request
local Request = {}

---Signs it.
---@param key luvit.openssl.EvpKey
---@param digest? string|luvit.openssl.EvpDigest `sha256` by default
---@return boolean? # true
---@return string? err
---@return string? code
function Request:sign(key, digest) end

---The request as text or DER.
---@param format? 'pem'|'der' `pem` by default
---@return string
function Request:export(format) end

---Whether it is signed with the key that it holds.
---@return boolean
function Request:verify() end

---The key that the certificate will be for. Setting it has no effect: `sign` does.
---@param key? luvit.openssl.EvpKey
---@return luvit.openssl.EvpKey|boolean
function Request:public(key) end

---Whether a private key is the one it was signed with.
---@param key luvit.openssl.EvpKey
---@return boolean
function Request:check(key) end

---The name that the certificate will be for; or sets it, before it is signed.
---@param name? luvit.openssl.Name
---@return luvit.openssl.Name|boolean
function Request:subject(name) end

---The extensions that are asked for; or sets them, before it is signed.
---@param list? luvit.openssl.Extension[]
---@return luvit.openssl.Extension[]|boolean
function Request:extensions(list) end

---Its version, counted from 0: there is no other. Setting it has no effect.
---@param version? integer
---@return integer|boolean
function Request:version(version) end

---Its digest, as bytes.
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return string
function Request:digest(alg) end

---What is known of it.
---@return { subject: luvit.openssl.Name, version: integer, pubkey: luvit.openssl.EvpKey, extensions: luvit.openssl.Extension[], req_info: { pubkey: { algorithm: string, pubkey: luvit.openssl.EvpKey }? } }
function Request:parse() end

---A certificate of it, signed by a key: of itself, or of an authority.
---@param key luvit.openssl.EvpKey
---@param days? integer for how long it is valid, 365 by default
---@param issuer? luvit.openssl.Certificate the certificate of the key; the certificate signs itself without
---@return luvit.openssl.Certificate? certificate
---@return string? err
---@return string? code
function Request:to_x509(key, days, issuer) end

---What the sessions of a program have in common.
---@class luvit.openssl.SslContext
local SslContext = {}

---Begins a session between two BIOs.
---@param input luvit.openssl.MemoryBio what the peer sends is written to it
---@param output? luvit.openssl.MemoryBio|boolean what is sent is read from it; the same one by default
---@param server? boolean
---@return luvit.openssl.SslSession
function SslContext:ssl(input, output, server) end

---Who we are: a key and the certificate of it.
---@param key luvit.openssl.EvpKey
---@param certificate luvit.openssl.Certificate|string a file with the certificate and its chain, if it is a string
---@return boolean? # true
---@return string? err
---@return string? code
function SslContext:use(key, certificate) end

---Adds certificates between ours and the root.
---@param clientCA luvit.openssl.Certificate means nothing here
---@param chain? luvit.openssl.Certificate[]
---@return boolean? # true
---@return string? err
---@return string? code
function SslContext:add(clientCA, chain) end

---Whom to trust.
---@param store? luvit.openssl.TrustStore
---@return luvit.openssl.TrustStore? # what is set, if none is given
function SslContext:cert_store(store) end

---Trusts the certificates in a file.
---@param file string
---@param folder? string
---@return boolean? # true
---@return string? err
---@return string? code
function SslContext:verify_locations(file, folder) end

---Whether the peer's certificate is verified: `none`, `peer`, and of a server that refuses clients without, `fail`.
---@param mode? integer|string[] as numbers that are added, or names
---@param callback? fun(ok: boolean, result: table): any called when a certificate was verified; with it, one that is not
---  good ends the session only if the callback returns nil or false
---@return integer? # the mode, if none is given
function SslContext:verify_mode(mode, callback) end

---How a certificate is verified: with `always_continue`, one that is not good does not end the session.
---@param options? { always_continue?: boolean, verify_depth?: integer }|fun(ok: boolean, result: table): any
function SslContext:set_cert_verify(options) end

---How long a chain may be. Means nothing: rustls has a limit of its own.
---@param depth? integer
---@return integer
function SslContext:verify_depth(depth) end

---Switches something on, such as `no_tlsv1_2`; most of what OpenSSL can switch off is off anyway.
---@param ... boolean|integer|string true first to clear instead; numbers that are added, or names
---@return string[] # the names of what is set
function SslContext:options(...) end

---Modes of OpenSSL, such as `release_buffers`. They mean nothing: a session keeps no buffers.
---@param ... boolean|string false first to clear instead; names
---@return string ... # the names of what is set
function SslContext:mode(...) end

---Seconds for which a session is remembered.
---@param seconds? integer
---@return integer
function SslContext:timeout(seconds) end

---How many tickets a server gives to a client. Means nothing.
---@param count? integer
---@return integer
function SslContext:num_tickets(count) end

---Whether sessions are remembered: they are.
---@param ... string means nothing
---@return string[]
function SslContext:session_cache_mode(...) end

---Whether sessions end without telling the peer. Means nothing: the peer is told.
---@param quiet? integer
---@return integer?
function SslContext:quiet_shutdown(quiet) end

---Does nothing: the context remembers its sessions.
---@return boolean # true
function SslContext:session() end

---Application protocols (ALPN), the favourite first.
---@param protocols string[] of 1 to 255 bytes each
---@return boolean # true
function SslContext:set_alpn(protocols) end

---The same as `set_alpn`.
---@param protocols string[]
---@return boolean # true
function SslContext:set_alpn_protos(protocols) end

---Contexts for the hosts of a server, by the name that the client asks for.
---@param hosts table<string, luvit.openssl.SslContext>
function SslContext:set_servername_callback(hosts) end

---One TLS session, of either side.
---
---`connect`, `accept`, `handshake`, `read`, `peek`, `write` and `shutdown` return false and `want_read` when bytes of the peer
---have to be written to the input BIO first, false and 0 when the peer has ended the session, and nil and the reason when it
---failed. After each of them, what is in the output BIO has to be sent.
---@class luvit.openssl.SslSession
local SslSession = {}

---Goes on with the handshake.
---@return boolean? done # true when it is complete
---@return integer|string reason
function SslSession:handshake() end

---Goes on with the handshake of a client.
---@return boolean? done
---@return integer|string reason
function SslSession:connect() end

---Goes on with the handshake of a server.
---@return boolean? done
---@return integer|string reason
function SslSession:accept() end

---Makes it the session of a client, before its handshake.
function SslSession:set_connect_state() end

---Makes it the session of a server, before its handshake.
function SslSession:set_accept_state() end

---Decrypted data.
---@param count? integer bytes at most; all that has come by default
---@return string|false|nil data
---@return integer|string? reason
function SslSession:read(count) end

---Decrypted data, which stays there.
---@param count? integer bytes at most
---@return string|false|nil data
---@return integer|string? reason
function SslSession:peek(count) end

---How many bytes of decrypted data are there.
---@return integer
function SslSession:pending() end

---Encrypts data: it is in the output BIO then.
---@param data string
---@return integer|false|nil count
---@return integer|string? reason
function SslSession:write(data) end

---Tells the peer that nothing more comes. True once the peer has told so too.
---@param mode? string|boolean `read`, `write`, `quiet` and `noquiet` mean nothing; true and false ask what was done
---@return boolean|string|nil done
---@return integer|string? reason
function SslSession:shutdown(mode) end

---Sets something: `hostname` is the host that a client wants, which its server is told. The rest means nothing.
---@param what string
---@param value any
---@param ... any more of both
function SslSession:set(what, value, ...) end

---What is known of the session: `version`, `hostname`, `side`, `certificate`, `verify_result`, `cipher_list`,
---`alpn_selected` and others.
---@param ... string
---@return any ...
function SslSession:get(...) end

---Whether it is the session of a server.
---@return boolean
function SslSession:is_server() end

---The cipher that both sides agreed on.
---@return { name: string, version: string, bits: integer, algbits: integer, description: string }?
function SslSession:current_cipher() end

---The certificate that the peer showed, and its chain.
---@return luvit.openssl.Certificate?
---@return luvit.openssl.Certificate[]?
function SslSession:peer() end

---Whether the peer's certificate is good, and what was found: the latter only if `verify_mode` asked for verification, by
---`peer` or by a callback, as in lua-openssl. Programs take no finding for consent.
---@return boolean
---@return { error: integer, error_string: string, error_depth: integer, preverify_ok: boolean, current_cert: luvit.openssl.Certificate? }[]?
function SslSession:getpeerverification() end

---Whether a session of before was resumed.
---@return boolean
function SslSession:session_reused() end

---The descriptor that it reads from and writes to: there is none.
---@return integer # -1
function SslSession:getfd() end

---Whether a session of before was resumed.
---@return boolean
function SslSession:cache_hit() end

---What the session can be resumed with; or does nothing when it is given one, as the context remembers its sessions.
---@param remembered? luvit.openssl.SslTicket
---@return luvit.openssl.SslTicket|boolean
function SslSession:session(remembered) end

---The context it was made with; or another one, before its handshake.
---@param other? luvit.openssl.SslContext
---@return luvit.openssl.SslContext # the one of before
function SslSession:ctx(other) end

---What has to be done before it goes on.
---@return string # `reading` or `nothing`
---@return integer
function SslSession:want() end

---Forgets all of it, to begin another one.
---@return boolean # true
function SslSession:clear() end

---What a session can be resumed with. The context remembers that itself; the object is for programs that keep it.
---@class luvit.openssl.SslTicket
local SslTicket = {}

---When it was asked for, in seconds since 1970.
---@return integer
function SslTicket:time() end

---For how many seconds it may be resumed.
---@return integer
function SslTicket:timeout() end

---The certificate that the peer had shown.
---@return luvit.openssl.Certificate?
function SslTicket:peer() end

---TLS between memory BIOs. The bits of `ssl_ctx:options` are here too: `no_sslv2`, `no_sslv3`, `no_tlsv1`, `no_tlsv1_1`,
---`no_tlsv1_2`, `no_tlsv1_3`, `no_compression`, `no_ticket` and others.
---@class luvit.openssl.ssl
---@field none integer `verify_mode`: the peer's certificate is not asked for, or may be any
---@field peer integer `verify_mode`: the peer's certificate is verified
---@field fail integer `verify_mode`, with `peer`: a server refuses clients without certificate
---@field once integer `verify_mode`: means nothing
---@field default string the protocol to choose
local ssl = {}

---Makes a context.
---@param protocol? string `TLS`, `SSLv23` (the same), `TLSv1_2` or `TLSv1_3`; `_client` or `_server` may follow. `TLS` by
---  default
---@param ciphers? string a list in OpenSSL's language; what rustls lacks is left out
---@return luvit.openssl.SslContext
function ssl.ctx_new(protocol, ciphers) end

---The kind of an alert: `W` or `warning` for 1, `F` or `fatal` for 2, else `U` or `unknown`.
---@param alert integer
---@param long? boolean
---@return string
function ssl.alert_type(alert, long) end

---What an alert says, as two letters or in words; `U` or `unknown` for others.
---@param alert integer
---@param long? boolean
---@return string
function ssl.alert_desc(alert, long) end

---Nothing that sessions could be read from: they are remembered by their context.
---@return nil
---@return string err
---@return string code
function ssl.session_read() end

---Stores of trusted certificates.
---@class luvit.openssl.x509.store
local store = {}

---Makes a store. It can be called as a method too.
---@param ... table lists of certificates
---@return luvit.openssl.TrustStore
function store.new(...) end

---A store of trusted certificates.
---@class luvit.openssl.TrustStore
local TrustStore = {}

---Adds a certificate, or those of a list.
---@param certificate luvit.openssl.Certificate|luvit.openssl.Certificate[]
---@return boolean # true
function TrustStore:add(certificate) end

---Adds the certificates of a file, and of all files of a folder.
---@param file? string
---@param folder? string
---@return boolean? # true
---@return string? err
---@return string? code
function TrustStore:load(file, folder) end

---Adds the certificates of a file, or of all files of a folder.
---@param path string
---@param kind? 'file'|'dir' `dir` by default
---@param format? 'pem' what the files are
---@return boolean? # true
---@return string? err
---@return string? code
function TrustStore:add_lookup(path, kind, format) end

---Whether what is in it is trusted: it is.
---@param trust? boolean means nothing
---@return boolean # true
function TrustStore:trust(trust) end

---How long a chain may be. Means nothing.
---@param depth? integer
---@return boolean # true
function TrustStore:depth(depth) end

---Flags of verification. They mean nothing.
---@param ... integer
---@return boolean # true
function TrustStore:flags(...) end

---Certificates.
---@class luvit.openssl.x509
---@field name luvit.openssl.x509.name
---@field store luvit.openssl.x509.store
---@field req luvit.openssl.x509.req
---@field extension luvit.openssl.x509.extension
local x509 = {}

---Reads a certificate.
---@param data string|luvit.openssl.MemoryBio
---@param format? 'auto'|'pem'|'der' found out by default
---@return luvit.openssl.Certificate? certificate
---@return string? err
---@return string? code
function x509.read(data, format) end

---Makes a certificate that is to be signed.
---@param serial? integer|string|userdata a random one by default
---@param ... luvit.openssl.Request|luvit.openssl.Name|luvit.openssl.Extension[] whose name, key and extensions
---  it takes
---@return luvit.openssl.Certificate
function x509.new(serial, ...) end

---What certificates can be for.
---@param which? integer|string one of them by its number or short name
---@return table? # all, or the one
function x509.purpose(which) end

---The text of a result of verification.
---@param number integer
---@return string
function x509.verify_cert_error_string(number) end

---A certificate.
---@class luvit.openssl.Certificate
local Certificate = {}

---The certificate as text or DER.
---@param format? 'pem'|'der' `pem` by default
---@return string
function Certificate:export(format) end

---What is known of it, in one table.
---@return { version: integer, subject: luvit.openssl.Name, issuer: luvit.openssl.Name, serialNumber: userdata, notBefore: luvit.openssl.Time, notAfter: luvit.openssl.Time, ca: boolean, extensions: luvit.openssl.Extension[]?, pubkey: luvit.openssl.EvpKey?, sig_alg: string? }
function Certificate:parse() end

---The name of whom it is for; or sets it, before it is signed.
---@param name? luvit.openssl.Name
---@return luvit.openssl.Name|boolean
function Certificate:subject(name) end

---The name of who signed it. Setting it has no effect: `sign` does.
---@param name? luvit.openssl.Name
---@return luvit.openssl.Name|boolean
function Certificate:issuer(name) end

---Its public key; or sets it, before it is signed.
---@param key? luvit.openssl.EvpKey
---@return luvit.openssl.EvpKey|boolean|nil # nil for a key of a kind that is not known
---@return string? err
---@return string? code
function Certificate:pubkey(key) end

---Its serial number as hexadecimal digits, or with false or true as an `openssl.bn`; or sets it, before it is signed.
---@param serial? boolean|integer|string|userdata
---@return string|userdata|boolean
function Certificate:serial(serial) end

---Its version, counted from 0: 2 for all of today.
---@param version? integer setting it has no effect
---@return integer|boolean
function Certificate:version(version) end

---When it begins to be valid; or sets it, before it is signed.
---@param seconds? integer since 1970
---@return luvit.openssl.Time|boolean
function Certificate:notbefore(seconds) end

---When it stops being valid; or sets it, before it is signed.
---@param seconds? integer since 1970
---@return luvit.openssl.Time|boolean
function Certificate:notafter(seconds) end

---Whether it is valid at a time, and its two dates; or sets both, before it is signed.
---@param seconds? integer since 1970, now by default
---@param notAfter? integer
---@return boolean
---@return luvit.openssl.Time?
---@return luvit.openssl.Time?
function Certificate:validat(seconds, notAfter) end

---Its digest, as bytes.
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return string? digest
---@return string? err
---@return string? code
function Certificate:digest(alg) end

---Its extensions, nil if there are none; or sets them, before it is signed.
---@param list? luvit.openssl.Extension[]
---@return luvit.openssl.Extension[]|boolean|nil
function Certificate:extensions(list) end

---Signs it, with the key of an authority or, if `issuer` is the certificate itself, its own.
---@param key luvit.openssl.EvpKey a private key
---@param issuer luvit.openssl.Certificate the certificate of the key
---@param digest? string|luvit.openssl.EvpDigest
---@return boolean? # true
---@return string? err
---@return string? code
function Certificate:sign(key, issuer, digest) end

---Whether a private key is that of the certificate; or whether the certificate is signed by somebody in a store.
---@param other luvit.openssl.EvpKey|luvit.openssl.TrustStore
---@param chain? luvit.openssl.Certificate[] certificates between the two
---@param purpose? string `sslserver` or `sslclient` checks that it is for that; others mean nothing
---@return boolean
---@return integer? # the result of verification, see `verify_cert_error_string`
function Certificate:check(other, chain, purpose) end

---Whether it is for a host.
---@param host string a name, or an address
---@return boolean
---@return string? # the name in it that is for the host
function Certificate:check_host(host) end

---Whether it is for an electronic mail address.
---@param address string
---@return boolean
function Certificate:check_email(address) end

---Whether it is for an IP address.
---@param address string
---@return boolean
function Certificate:check_ip_asc(address) end

---Whether it is signed with the private half of a key.
---@param key luvit.openssl.EvpKey
---@return boolean
function Certificate:verify(key) end

---A point in time.
---@class luvit.openssl.Time
local Time = {}

---Its text, `Jan  1 00:00:00 2030 GMT`.
---@return string
function Time:toprint() end

---Its text, as `toprint` gives it.
---@return string
function Time:tostring() end

---Seconds since 1970.
---@return integer
function Time:get() end

---@class luvit.openssl
---@field bio luvit.openssl.bio
---@field bn table<string, function> integers of up to 2^20 bits, with lua-openssl's functions: `number`, `text`, `add`, `mul`, `powmod`, `tohex` and others, which are methods as well, and the operators. What would take minutes is an error: `powmod`, `invmod` and `gcd` of more than 16384 bits, `isprime` of more than 8192, `aprime` of more than 4096, and `sqrtmod` of more than 2048
---@field cipher luvit.openssl.cipher
---@field digest luvit.openssl.digest
---@field hmac luvit.openssl.hmac
---@field pkey luvit.openssl.pkey
---@field ssl luvit.openssl.ssl
---@field x509 luvit.openssl.x509
local openssl = {}

---Versions: of lua-openssl's API, of Lua, and of the library.
---@param asNumbers? boolean
---@return string|integer api
---@return string|integer lua
---@return string|integer library # as a number as OpenSSL counts them: 0x1010107f
function openssl.version(asNumbers) end

---Bytes to hexadecimal digits, or back.
---@param text string
---@param encode? boolean false to decode
---@return string? # nil for what is no hexadecimal text
---@return string? err
---@return string? code
function openssl.hex(text, encode) end

---Bytes to base64, or back.
---@param text string|luvit.openssl.MemoryBio
---@param encode? boolean false to decode
---@param oneLine? boolean false for lines of 64 characters
---@return string? # nil for what is no base64
---@return string? err
---@return string? code
function openssl.base64(text, encode, oneLine) end

---Random bytes.
---@param count integer more than 0
---@param strong? boolean means nothing: all are strong
---@return string
function openssl.random(count, strong) end

---Whether there are random numbers: there always are.
---@return boolean
function openssl.rand_status() end

---What went wrong last, and forgets it.
---@return string? reason
---@return string? library
---@return string? code
function openssl.error() end

---What went wrong since the last time this was asked, a line each, and forgets it.
---@return string
function openssl.errors() end

---Forgets what went wrong.
function openssl.clear_error() end

---The names of what there is.
---@param kind 'digests'|'ciphers'
---@return string[]
function openssl.list(kind) end

return openssl
