---@meta crypto

-- Made by scripts/reference.lua of crates/luvit/lua/crypto/. Change it there.

-- Cryptography: digests, message authentication codes, random numbers, keys derived from passwords, ciphers, signatures,
-- keys and certificates, with node's API. The work is done by libcrypto (AWS-LC).
--
-- Bytes are strings, here as everywhere in Lua: what node gives as a `Buffer` is a string, and whatever takes a string
-- takes a buffer (`require('buffer')`) as well. Text that stands for bytes has an encoding: `hex`, `base64`, `base64url`,
-- or `binary` (also called `latin1`, `utf8`, `ascii`), which is the string as it is. Results are `binary` unless another
-- encoding is asked for; `buffer` gives a buffer.
--
-- A mistake of the program, such as an algorithm that does not exist, a key of a wrong length, or a call in the wrong
-- order, is raised as an error. What depends on the data, such as a message that is not authentic, is returned as nil, the
-- error and its code, or passed to the callback. Errors begin with node's code where node has one:
-- `ERR_CRYPTO_INVALID_KEYLEN: key is 10 bytes, aes-128-cbc takes 16`. That of a wrong argument is
-- `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` or `ERR_OUT_OF_RANGE`.
--
-- What takes long has a form with a callback, which does the work on a thread; `await(crypto.scrypt, …)` waits for it.

---An encoding of bytes as text: `binary`, with its other names `latin1`, `utf8`, `utf-8` and `ascii`, is the string as it
---is, and so is what is taken with `buffer`.
---@alias luvit.crypto.Encoding 'binary'|'latin1'|'utf8'|'utf-8'|'ascii'|'buffer'|'hex'|'base64'|'base64url'

---An encoding of results: `buffer` gives a buffer (`require('buffer')`).
---@alias luvit.crypto.OutputEncoding luvit.crypto.Encoding

---Options of `createCipheriv` and `createDecipheriv`, and of the stream that they return.
---@class luvit.crypto.CipherOptions: luvit.stream.DuplexOptions
---@field authTagLength? integer bytes of the tag: needed with CCM; 16 by default with GCM and ChaCha20-Poly1305, which take no shorter one unless this says so
---@field encoding? luvit.crypto.OutputEncoding of what the stream gives
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---What is known of a cipher.
---@class luvit.crypto.CipherInfo
---@field name string in lower case
---@field nid integer OpenSSL's number of it
---@field mode 'ecb'|'cbc'|'ctr'|'ofb'|'cfb'|'gcm'|'ccm'|'stream'|'wrap'
---@field keyLength integer bytes of its key
---@field ivLength? integer bytes of its initialization vector; nil for ECB, which has none
---@field blockSize? integer bytes it takes at a time, 1 where any number will do; nil for ChaCha20-Poly1305

---Options of `createHash`, and of the stream that it returns.
---@class luvit.crypto.HashOptions: luvit.stream.DuplexOptions
---@field outputLength? integer bytes of output, for digests of any length: SHAKE and BLAKE3
---@field encoding? luvit.crypto.OutputEncoding of what the stream gives
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---Options of `createHmac`, and of the stream that it returns.
---@class luvit.crypto.HmacOptions: luvit.stream.DuplexOptions
---@field encoding? luvit.crypto.Encoding of the key, if it is a string
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---What scrypt costs. About `128 * N * r` bytes of memory are needed, which has to be below `maxmem`; each name has a long
---form as well.
---@class luvit.crypto.ScryptOptions
---@field N? integer a power of 2, 16384 by default
---@field r? integer size of the blocks, 8 by default
---@field p? integer how often it is done, 1 by default
---@field maxmem? integer bytes, 33554432 by default
---@field cost? integer the same as `N`
---@field blockSize? integer the same as `r`
---@field parallelization? integer the same as `p`

---What Argon2 is given. RFC 9106 recommends `argon2id` with 4 lanes, 1 pass and 2 GiB (`memory = 2097152`), or 3 passes and
---64 MiB (`memory = 65536`), and a nonce of 16 random bytes.
---@class luvit.crypto.Argon2Parameters
---@field message string|luvit.Buffer the password
---@field nonce string|luvit.Buffer the salt, at least 8 bytes
---@field parallelism integer lanes, 1 to 2^24 - 1; they are computed one after the other
---@field tagLength integer bytes of the key, at least 4
---@field memory integer KiB of memory, at least 8 for each lane
---@field passes integer how often it goes over the memory
---@field secret? string|luvit.Buffer a key that is not stored with the result
---@field associatedData? string|luvit.Buffer more data that the result depends on, at most 32 bytes

---How a key is read. Instead of the table, a string or a buffer will do for PEM and DER that need nothing else.
---@class luvit.crypto.KeyInput
---@field key string|luvit.Buffer|table PEM or DER; the members of a JWK as a table; or a `KeyObject`
---@field format? 'pem'|'der'|'jwk' what it is; seen by the content if absent
---@field type? 'pkcs1'|'pkcs8'|'sec1'|'spki' the form of DER; seen by the content if absent
---@field passphrase? string|luvit.Buffer of an encrypted key
---@field encoding? luvit.crypto.Encoding of a string

---How a key is written.
---@class luvit.crypto.KeyOutput
---@field format? 'pem'|'der'|'jwk'|'buffer' `pem` by default; `buffer` is that of secret keys
---@field type? 'pkcs1'|'pkcs8'|'sec1'|'spki' by default `spki` of public and `pkcs8` of private keys
---@field cipher? string encrypts a private key: `aes-256-cbc`
---@field passphrase? string|luvit.Buffer for that

---What there is to know about a key, by its kind.
---@class luvit.crypto.KeyDetails
---@field modulusLength? integer RSA: bits of the modulus
---@field publicExponent? number RSA
---@field hashAlgorithm? string RSA-PSS: the digest that the key is restricted to
---@field mgf1HashAlgorithm? string RSA-PSS: that of the mask
---@field saltLength? integer RSA-PSS: the least length of the salt
---@field namedCurve? string EC: `prime256v1`

---What to make, see `generateKeyPair`.
---@class luvit.crypto.KeyPairOptions
---@field modulusLength? integer RSA: bits, 1024 to 16384; 2048 and more are safe
---@field publicExponent? integer RSA: 65537 by default
---@field hashAlgorithm? string RSA-PSS: restricts the key to this digest
---@field mgf1HashAlgorithm? string RSA-PSS: that of the mask
---@field saltLength? integer RSA-PSS: the least length of the salt
---@field namedCurve? string EC: see `getCurves`; `P-256` and other names of NIST will do
---@field paramEncoding? 'named' EC: the curve is written by its name
---@field publicKeyEncoding? luvit.crypto.KeyOutput gives the public key written instead of an object
---@field privateKeyEncoding? luvit.crypto.KeyOutput gives the private key written instead of an object

---@class luvit.crypto.PrimeOptions
---@field safe? boolean half of what is below the prime is prime as well, which takes much longer
---@field bigint? boolean node's option for a number instead of bytes: only false is possible here

---A key for a signature, with how to sign beside it. A `KeyObject`, a string or a buffer will do if there is nothing to say.
---@class luvit.crypto.SignInput: luvit.crypto.KeyInput
---@field padding? integer RSA: `constants.RSA_PKCS1_PADDING` or `constants.RSA_PKCS1_PSS_PADDING`
---@field saltLength? integer PSS: bytes, or one of `constants.RSA_PSS_SALTLEN_…`
---@field dsaEncoding? 'der'|'ieee-p1363' ECDSA: how the signature is written, `der` by default

---Options of `createSign` and `createVerify`, for their streams.
---@class luvit.crypto.SignOptions: luvit.stream.Options
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---A key for encryption, with how to pad beside it.
---@class luvit.crypto.CryptInput: luvit.crypto.KeyInput
---@field padding? integer one of `constants`: OAEP by default with a public key for encryption, PKCS#1 with a private one
---@field oaepHash? string OAEP: the digest, `sha1` by default
---@field oaepLabel? string|luvit.Buffer OAEP: what both sides know

---How names are compared.
---@class luvit.crypto.CheckOptions
---@field subject? 'default'|'always'|'never' whether the subject's common name counts; by default only when there is no alternative name
---@field wildcards? boolean whether `*.example` stands for names; yes by default
---@field singleLabelSubdomains? boolean whether a name that begins with a dot stands for one label only

---What `verifyChain` trusts and wants.
---@class luvit.crypto.TrustOptions
---@field ca luvit.crypto.X509Certificate[]|luvit.crypto.X509Certificate|string what is trusted
---@field intermediates? luvit.crypto.X509Certificate[]|luvit.crypto.X509Certificate|string what may lead there
---@field purpose? 'server'|'client' what the certificate is used for
---@field host? string the host that it must be for
---@field time? integer when it must be valid, in seconds since 1970; now by default

---What a certificate is to say.
---@class luvit.crypto.CertificateOptions
---@field key? luvit.crypto.KeyObject|string|luvit.crypto.KeyInput the subject's key: a private one for a certificate that signs itself; a public one will do with an issuer
---@field request? string|luvit.Buffer|luvit.crypto.CertificateRequest instead of `key`: a request, whose signature is checked, and whose subject and alternative names are taken unless they are given
---@field subject? string|table<string, string|string[]>|string[][] whom it is about: `{ CN = 'a.example', O = 'A' }`, a list of pairs for an order of one's own, or a string for a common name alone
---@field altNames? string[] `{ 'DNS:localhost', 'IP:127.0.0.1' }`; `email:`, `URI:` and `RID:` as well
---@field days? number how long it is valid, 365 by default
---@field notBefore? integer when it begins to be valid, in seconds since 1970; a minute ago by default
---@field notAfter? integer instead of `days`
---@field issuer? luvit.crypto.X509Certificate|string the certificate of who issues it; without, it signs itself
---@field issuerKey? luvit.crypto.KeyObject|string|luvit.crypto.KeyInput the issuer's private key
---@field ca? boolean whether it may issue certificates
---@field pathLength? integer with `ca`: how many certificates that issue others may follow below
---@field serial? string in hexadecimal; random by default
---@field keyUsage? string[] what its key is for: `digitalSignature`, `keyCertSign` …; by default what fits `ca` and the key
---@field extendedKeyUsage? string[] by default `serverAuth` and `clientAuth`, and nothing with `ca`
---@field extensions? { object: string, critical?: boolean, value: string }[] more of them, with their content as DER
---@field digest? string what it is signed with: `sha256` by default, and as large as the curve

---What a request asks for.
---@class luvit.crypto.CertificateRequestOptions
---@field key luvit.crypto.KeyObject|string|luvit.crypto.KeyInput the private key, which signs the request
---@field subject? string|table<string, string|string[]>|string[][] see `createCertificate`
---@field altNames? string[] see `createCertificate`
---@field keyUsage? string[] see `createCertificate`
---@field extendedKeyUsage? string[] see `createCertificate`
---@field ca? boolean see `createCertificate`
---@field extensions? { object: string, critical?: boolean, value: string }[] see `createCertificate`
---@field digest? string see `createCertificate`

---Reads SPKAC, which is base64 of DER: a public key and a challenge, signed with the key. The functions are called with
---`.`, as `crypto.Certificate.verifySpkac(spkac)`, or as methods of `crypto.Certificate:new()`.
---@class luvit.crypto.Certificate: luvit.Object
local Certificate = {}

---Whether it is signed with its key.
---@param spkac string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@param ... any the encoding, when this is called as a method
---@return boolean
function Certificate.verifySpkac(spkac, encoding, ...) end

---What was to be signed; empty for what is no SPKAC.
---@param spkac string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@param ... any the encoding, when this is called as a method
---@return string challenge
function Certificate.exportChallenge(spkac, encoding, ...) end

---The key as PEM; empty for what is no SPKAC.
---@param spkac string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@param ... any the encoding, when this is called as a method
---@return string publicKey
function Certificate.exportPublicKey(spkac, encoding, ...) end

---A message that is encrypted. It is an object with `update` and `final`, and a stream that takes the message and gives
---what becomes of it; use one of the two.
---@class luvit.crypto.Cipheriv: luvit.Transform
local Cipheriv = {}

---Adds a piece of the message.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding what the string is written in, `binary` by default
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? output # what becomes of it, which may be empty and come later; a buffer, if that is asked for
---@return string? err # when the message is too long for the cipher
---@return string? code
function Cipheriv:update(data, inputEncoding, outputEncoding) end

---Ends the message. Afterwards every method except `getAuthTag` raises `ERR_CRYPTO_INVALID_STATE`.
---
---When decrypting, it fails with `ERR_CRYPTO_AUTHENTICATION_FAILED` if the message is not authentic, and with
---`ERR_OSSL_BAD_DECRYPT` if its padding is wrong, or `ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH` if it is not whole blocks.
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? output # what is left; a buffer, if that is asked for
---@return string? err
---@return string? code
function Cipheriv:final(outputEncoding) end

---Adds data that is authenticated but not encrypted, such as a header. Before the message, with an authenticating cipher.
---@param data string|luvit.Buffer
---@param options? { plaintextLength?: integer, encoding?: luvit.crypto.Encoding } the length is not needed, for CCM
---  either, which then takes no message of another length
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAAD(data, options) end

---Whether the last block is filled up, and the filling removed again, as it is by default. Without it, messages of ECB and
---CBC are whole blocks. Before the message.
---@param autoPadding? boolean true by default
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAutoPadding(autoPadding) end

---The tag of the message, once it has ended, with an authenticating cipher. It goes with the message, and is no secret.
---@return string
function Cipheriv:getAuthTag() end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Cipheriv:write(chunk, encoding, callback) end

---Ends the stream, which then gives what is left.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when all is done, or with the error
function Cipheriv:_end(chunk, encoding, callback) end

---Chooses how the stream gives its output.
---@param encoding? luvit.crypto.OutputEncoding `binary` by default
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setEncoding(encoding) end

---A message that is decrypted, used as a `Cipheriv` is.
---
---Of an authenticating cipher (GCM, CCM, ChaCha20-Poly1305), what `update` returns and the stream emits is **not to be
---trusted until `final` has returned it, or the stream has ended**: only then it is known that nobody changed the message.
---@class luvit.crypto.Decipheriv: luvit.crypto.Cipheriv
local Decipheriv = {}

---The tag that came with the message: once, before its end (with CCM, before its beginning).
---@param tag string|luvit.Buffer of `authTagLength` bytes
---@param encoding? luvit.crypto.Encoding of the tag, if it is a string
---@return luvit.crypto.Decipheriv # itself
function Decipheriv:setAuthTag(tag, encoding) end

---One side of an exchange over a prime field.
---@class luvit.crypto.DiffieHellman: luvit.Object
---@field verifyError integer what is wrong with prime and generator, as OpenSSL's bits: 1 no prime, 2 no safe prime, 8 the generator does not suit; 0 is nothing
local DiffieHellman = {}

---Makes a pair of keys, and gives the public one.
---@param encoding? luvit.crypto.OutputEncoding
---@return string publicKey
function DiffieHellman:generateKeys(encoding) end

---The secret that is shared with the owner of a public key, as long as the prime. Make a key of it with `hkdf`.
---@param otherPublicKey string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding of a string
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? secret
---@return string? err
---@return string? code
function DiffieHellman:computeSecret(otherPublicKey, inputEncoding, outputEncoding) end

---The prime.
---@param encoding? luvit.crypto.OutputEncoding
---@return string prime
function DiffieHellman:getPrime(encoding) end

---The generator.
---@param encoding? luvit.crypto.OutputEncoding
---@return string generator
function DiffieHellman:getGenerator(encoding) end

---The public key; `generateKeys` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@return string publicKey
function DiffieHellman:getPublicKey(encoding) end

---The private key; `generateKeys` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@return string privateKey
function DiffieHellman:getPrivateKey(encoding) end

---Takes a public key; not with a group.
---@param key string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.DiffieHellman? # itself
---@return string? err
---@return string? code
function DiffieHellman:setPublicKey(key, encoding) end

---Takes a private key; `generateKeys` makes its public one then. Not with a group.
---@param key string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.DiffieHellman? # itself
---@return string? err
---@return string? code
function DiffieHellman:setPrivateKey(key, encoding) end

---One side of an exchange over a group that everyone knows: its keys are made, never set.
---@class luvit.crypto.DiffieHellmanGroup: luvit.crypto.DiffieHellman

---One side of an agreement on a curve, with bytes for keys. With `KeyObject`s, use `diffieHellman`.
---@class luvit.crypto.ECDH: luvit.Object
local ECDH = {}

---Makes a pair of keys, and gives the public one.
---@param encoding? luvit.crypto.OutputEncoding
---@param format? 'compressed'|'uncompressed'|'hybrid' the point with one coordinate or with both, which is the default
---@return string publicKey
function ECDH:generateKeys(encoding, format) end

---The secret that is shared with the owner of a public key: the x coordinate of a point. Make a key of it with `hkdf`.
---@param otherPublicKey string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding of a string
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? secret
---@return string? err
---@return string? code `ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY` for what is no point of the curve
function ECDH:computeSecret(otherPublicKey, inputEncoding, outputEncoding) end

---The public key; `generateKeys` or `setPrivateKey` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@param format? 'compressed'|'uncompressed'|'hybrid'
---@return string
function ECDH:getPublicKey(encoding, format) end

---The private key, a number as long as the curve's order; `generateKeys` or `setPrivateKey` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@return string
function ECDH:getPrivateKey(encoding) end

---Takes a private key instead of making one; its public key follows from it.
---@param privateKey string|luvit.Buffer a number from 1 to the curve's order, big-endian
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.ECDH? # itself
---@return string? err
---@return string? code `ERR_CRYPTO_INVALID_KEYPAIR`
function ECDH:setPrivateKey(privateKey, encoding) end

---Takes a public key, for `getPublicKey` in another form: `computeSecret` needs the private one. In node this is
---deprecated, as the public key follows from the private one.
---@param publicKey string|luvit.Buffer a point of the curve
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.ECDH? # itself
---@return string? err
---@return string? code
function ECDH:setPublicKey(publicKey, encoding) end

---A public key in the other form.
---@param key string|luvit.Buffer
---@param curve string
---@param inputEncoding? luvit.crypto.Encoding of a string
---@param outputEncoding? luvit.crypto.OutputEncoding
---@param format? 'compressed'|'uncompressed'|'hybrid'
---@return string? key
---@return string? err
---@return string? code
function ECDH.convertKey(key, curve, inputEncoding, outputEncoding, format) end

---A digest under way. It is an object with `update` and `digest`, and a stream that takes bytes and gives the digest at
---their end; use one of the two.
---@class luvit.crypto.Hash: luvit.Transform
local Hash = {}

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding what the string is written in, `binary` by default
---@return luvit.crypto.Hash # itself
function Hash:update(data, inputEncoding) end

---The digest of all that was added. It can be asked for once: afterwards every method raises
---`ERR_CRYPTO_HASH_FINALIZED`.
---@param encoding? luvit.crypto.OutputEncoding
---@return string digest # a buffer, if that is asked for
function Hash:digest(encoding) end

---Another one that goes on from here, to get the digest of what was added so far and to add more.
---@param options? luvit.crypto.HashOptions
---@return luvit.crypto.Hash
function Hash:copy(options) end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Hash:write(chunk, encoding, callback) end

---Ends the stream, which then gives the digest.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when the digest is there
function Hash:_end(chunk, encoding, callback) end

---Chooses how the stream gives the digest.
---@param encoding? luvit.crypto.OutputEncoding `binary` by default
---@return luvit.crypto.Hash # itself
function Hash:setEncoding(encoding) end

---A message authentication code under way. It is used as a `Hash` is.
---@class luvit.crypto.Hmac: luvit.crypto.Hash

---A key: secret, private or public. It is made by `createSecretKey`, `createPrivateKey`, `createPublicKey` and the
---functions that generate keys, and taken wherever a key is wanted.
---@class luvit.crypto.KeyObject: luvit.Object
---@field type 'secret'|'private'|'public'
---@field asymmetricKeyType? 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519' of private and public keys
---@field asymmetricKeyDetails? luvit.crypto.KeyDetails of private and public keys
---@field symmetricKeySize? integer of secret keys, in bytes
local KeyObject = {}

---The key as PEM, DER or JWK; of a secret key its bytes (the format `buffer`, the default), or with `jwk` its JWK.
---@param options? luvit.crypto.KeyOutput
---@return string|table? key a table of a JWK
---@return string? err
---@return string? code
function KeyObject:export(options) end

---Whether it is the same key, of the same half.
---@param other luvit.crypto.KeyObject
---@return boolean
function KeyObject:equals(other) end

---A signature under way: an object with `update` and `sign`, and a stream that takes bytes. Ed25519 has no such form, see
---`sign`.
---@class luvit.crypto.Sign: luvit.Writable
local Sign = {}

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding
---@return luvit.crypto.Sign # itself
function Sign:update(data, inputEncoding) end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Sign:write(chunk, encoding, callback) end

---Ends the stream.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when all was taken
function Sign:_end(chunk, encoding, callback) end

---The signature of all that was added. It can be asked for once.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a private key
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? signature
---@return string? err
---@return string? code
function Sign:sign(key, outputEncoding) end

---A check of a signature under way: an object with `update` and `verify`, and a stream that takes bytes.
---@class luvit.crypto.Verify: luvit.Writable
local Verify = {}

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding
---@return luvit.crypto.Verify # itself
function Verify:update(data, inputEncoding) end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Verify:write(chunk, encoding, callback) end

---Ends the stream.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when all was taken
function Verify:_end(chunk, encoding, callback) end

---Whether the signature of all that was added is sound. It can be asked for once.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a public key, a private key or a certificate
---@param signature string|luvit.Buffer
---@param signatureEncoding? luvit.crypto.Encoding of a string
---@return boolean? sound
---@return string? err
---@return string? code
function Verify:verify(key, signature, signatureEncoding) end

---A certificate. `crypto.X509Certificate:new(bytes)` reads the first one of PEM or DER, and raises an error for what is
---none; `readCertificates` reads all of them.
---@class luvit.crypto.X509Certificate: luvit.Object
---@field subject string a line for each part, `CN=example`
---@field issuer string as `subject`
---@field subjectAltName? string `DNS:a.example, IP Address:127.0.0.1`
---@field infoAccess? string a line for each place, `OCSP - URI:http://…`
---@field validFrom string `Sep  3 21:40:37 2026 GMT`
---@field validTo string
---@field notBefore integer `validFrom` in seconds since 1970
---@field notAfter integer `validTo` in seconds since 1970
---@field fingerprint string SHA-1 of it, `AB:CD:…`
---@field fingerprint256 string SHA-256 of it
---@field fingerprint512 string SHA-512 of it
---@field serialNumber string in hexadecimal
---@field keyUsage? string[] the purposes of its key as object identifiers (the extension `extendedKeyUsage`), as in node
---@field usages? string[] what its key is for by name, `digitalSignature` (the extension `keyUsage`)
---@field ca boolean whether it may issue certificates
---@field selfSigned boolean whether it is issued by itself
---@field signatureAlgorithm? string `ecdsa-with-SHA256`
---@field version integer
---@field raw string it as DER
---@field extensions { object: string, critical: boolean, value: string }[] all extensions, with their content as DER
---@field publicKey luvit.crypto.KeyObject the key that it certifies
local X509Certificate = {}

---The name of the certificate that fits a host's name; nil when none does.
---@param name string
---@param options? luvit.crypto.CheckOptions
---@return string? name
function X509Certificate:checkHost(name, options) end

---The mail address, if the certificate is for it.
---@param email string
---@param options? luvit.crypto.CheckOptions
---@return string? email
function X509Certificate:checkEmail(email, options) end

---The IP address, if the certificate is for it.
---@param ip string
---@return string? ip
---@return string? err for what is no address
---@return string? code
function X509Certificate:checkIP(ip) end

---Whether another certificate may have issued this one: its names and key identifiers fit, and its usage allows it. The
---signature is not looked at, see `verify`.
---@param other luvit.crypto.X509Certificate
---@return boolean
function X509Certificate:checkIssued(other) end

---Whether a private key belongs to the certificate.
---@param privateKey luvit.crypto.KeyObject|string|luvit.crypto.KeyInput
---@return boolean? belongs
---@return string? err
---@return string? code
function X509Certificate:checkPrivateKey(privateKey) end

---Whether the certificate is signed with the private half of a key: that of its issuer.
---@param publicKey luvit.crypto.KeyObject|string|luvit.crypto.KeyInput
---@return boolean? signed
---@return string? err
---@return string? code
function X509Certificate:verify(publicKey) end

---Looks for a chain from this certificate to one that is trusted, with all signatures, times and usages.
---@param options luvit.crypto.TrustOptions
---@return luvit.crypto.X509Certificate[]? chain from this certificate on; nil when there is none
---@return string? err
---@return string? code node's: `CERT_HAS_EXPIRED`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY` …
---@return integer? depth which certificate of the chain it is about; 0 is this one
function X509Certificate:verifyChain(options) end

---The certificate as PEM.
---@return string
function X509Certificate:toString() end

---The certificate as PEM, as `toString`.
---@return string
function X509Certificate:toJSON() end

---All of it as text for people, as `openssl x509 -text` prints it.
---@return string
function X509Certificate:toText() end

---What `socket:getPeerCertificate()` gives for it.
---@return table
function X509Certificate:toLegacyObject() end

---A request for a certificate.
---@class luvit.crypto.CertificateRequest: luvit.Object
---@field subject string a line for each part, `CN=example`
---@field subjectAltName? string `DNS:a.example, IP Address:127.0.0.1`
---@field altNames? string[] the same one by one
---@field publicKey luvit.crypto.KeyObject the key that the certificate shall certify
---@field extensions { object: string, critical: boolean, value: string }[] what it asks for, with their content as DER
---@field raw string it as DER
local CertificateRequest = {}

---Whether it is signed with the private half of its key, so that who asks has it.
---@return boolean
function CertificateRequest:verify() end

---The request as PEM.
---@return string
function CertificateRequest:toString() end

---All of it as text for people, as `openssl req -text` prints it.
---@return string
function CertificateRequest:toText() end

---@class luvit.crypto
---@field constants table<string, integer> numbers that options take: `RSA_PKCS1_PADDING`, `RSA_PKCS1_OAEP_PADDING`, `RSA_PSS_SALTLEN_DIGEST` …
---@field Certificate luvit.crypto.Certificate
---@field Cipheriv luvit.crypto.Cipheriv
---@field Decipheriv luvit.crypto.Decipheriv
---@field DiffieHellman luvit.crypto.DiffieHellman
---@field DiffieHellmanGroup luvit.crypto.DiffieHellmanGroup
---@field ECDH luvit.crypto.ECDH
---@field Hash luvit.crypto.Hash
---@field Hmac luvit.crypto.Hmac
---@field KeyObject luvit.crypto.KeyObject
---@field Sign luvit.crypto.Sign
---@field Verify luvit.crypto.Verify
---@field X509Certificate luvit.crypto.X509Certificate
---@field CertificateRequest luvit.crypto.CertificateRequest
local crypto = {}

---Begins a message that is encrypted. `getCiphers` lists the algorithms.
---
---For new programs: `aes-256-gcm` or `chacha20-poly1305`, with a vector of 12 bytes that is never used again with the same
---key, and the tag sent with the message. The other modes do not notice when somebody changes the message.
---
---`id-aes256-wrap` and its kin (RFC 3394, with `-pad` RFC 5649) encrypt keys: one `update` takes the whole key. `iv` is
---`a6a6a6a6a6a6a6a6`, or `a65959a6` with `-pad`, in hexadecimal.
---@param algorithm string in either case
---@param key string|luvit.Buffer|table of the cipher's length; a secret `KeyObject` as well
---@param iv string|luvit.Buffer|nil the initialization vector; nil for ECB
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Cipheriv
function crypto.createCipheriv(algorithm, key, iv, options) end

---Begins a message that is decrypted, with what `createCipheriv` was given.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param iv string|luvit.Buffer|nil
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Decipheriv
function crypto.createDecipheriv(algorithm, key, iv, options) end

---The names of the ciphers there are, in alphabetical order; some have several.
---@return string[]
function crypto.getCiphers() end

---What is known of a cipher.
---@param nameOrNid string|integer
---@param options? { keyLength?: integer, ivLength?: integer } lengths that it has to take
---@return luvit.crypto.CipherInfo? # nil if there is none, or it does not take such lengths
function crypto.getCipherInfo(nameOrNid, options) end

---Begins an exchange with a prime of one's own, or with a new one of so many bits, which takes seconds for 1024 bits and
---minutes for 2048: take `getDiffieHellman`.
---@param prime integer|string|luvit.Buffer the number of bits; or the prime, big-endian
---@param primeEncoding? luvit.crypto.Encoding|integer|luvit.Buffer of a string; may be left out
---@param generator? integer|string|luvit.Buffer 2 by default
---@param generatorEncoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.DiffieHellman? exchange
---@return string? err
---@return string? code
function crypto.createDiffieHellman(prime, primeEncoding, generator, generatorEncoding) end

---Begins an exchange with a group that everyone knows: `modp14` (2048 bits) to `modp18` of RFC 3526; and for what is
---old, `modp5`, and `modp1` and `modp2` of RFC 2409, whose 768 and 1024 bits can be broken.
---@param name 'modp1'|'modp2'|'modp5'|'modp14'|'modp15'|'modp16'|'modp17'|'modp18'
---@return luvit.crypto.DiffieHellmanGroup
function crypto.getDiffieHellman(name) end

---The same as `getDiffieHellman`, which is node's other name of it.
---@param name 'modp1'|'modp2'|'modp5'|'modp14'|'modp15'|'modp16'|'modp17'|'modp18'
---@return luvit.crypto.DiffieHellmanGroup
function crypto.createDiffieHellmanGroup(name) end

---Begins an agreement on a curve.
---@param curve string see `getCurves`; `P-256` and other names of NIST will do
---@return luvit.crypto.ECDH
function crypto.createECDH(curve) end

---The secret that a private key and the other side's public key share: of EC keys on one curve, or of X25519 keys. Make a
---key of it with `hkdf`. With a callback, or a coroutine that waits, a thread computes it.
---@param options { privateKey: luvit.crypto.KeyObject, publicKey: luvit.crypto.KeyObject }
---@param callback? fun(err?: string, secret?: string)
---@return string? secret without a callback; nil with the error and its code
---@return string? err
---@return string? code
---@overload fun(options: { privateKey: luvit.crypto.KeyObject, publicKey: luvit.crypto.KeyObject }, thread?: thread): any, any, any
function crypto.diffieHellman(options, callback) end

---The digest of `data`, in one call. With a callback, or a coroutine that waits, a thread computes it: this is for large
---data, which is copied for it.
---@param algorithm string see `createHash`
---@param data string|luvit.Buffer
---@param options? luvit.crypto.OutputEncoding|{ outputEncoding?: luvit.crypto.OutputEncoding, outputLength?: integer }
---  the encoding, `hex` by default as in node, or more options
---@param callback? fun(err?: string, digest?: string)
---@return string? digest # without a callback
---@overload fun(algorithm: string, data: string|luvit.Buffer, options?: luvit.crypto.OutputEncoding|{ outputEncoding?: luvit.crypto.OutputEncoding, outputLength?: integer }, thread?: thread): any, any, any
---@overload fun(algorithm: string, data: string|luvit.Buffer, callback: fun(err?: string, digest?: string)): string?
---@overload fun(algorithm: string, data: string|luvit.Buffer, thread?: thread): any, any, any
function crypto.hash(algorithm, data, options, callback) end

---Begins a digest. `getHashes` lists the algorithms; their names are understood in either case, with and without `-`, and
---in OpenSSL's forms such as `RSA-SHA256`.
---
---MD5 and SHA-1 are broken as far as collisions matter: use them only where a protocol asks for them.
---@param algorithm string
---@param options? luvit.crypto.HashOptions
---@return luvit.crypto.Hash
function crypto.createHash(algorithm, options) end

---Begins a message authentication code (HMAC, RFC 2104).
---@param algorithm string a digest, see `createHash`
---@param key string|luvit.Buffer|table of any length; as long as the digest is best; a secret `KeyObject` as well
---@param options? luvit.crypto.HmacOptions
---@return luvit.crypto.Hmac
function crypto.createHmac(algorithm, key, options) end

---The names of the digests there are, in alphabetical order; some have several.
---@return string[]
function crypto.getHashes() end

---A key from a password by PBKDF2 (RFC 8018), on a thread. Its one defence is the number of iterations; scrypt and Argon2
---are harder to attack.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer random bytes, best 16 or more, kept with the result
---@param iterations integer as many as the program can wait for: for `sha256` 600000 is usual today
---@param keylen integer bytes of the key
---@param digest string see `createHash`
---@param callback fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, iterations: integer, keylen: integer, digest: string, thread?: thread): any, any, any
function crypto.pbkdf2(password, salt, iterations, keylen, digest, callback) end

---As `pbkdf2`, at once.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer
---@param iterations integer
---@param keylen integer
---@param digest string
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function crypto.pbkdf2Sync(password, salt, iterations, keylen, digest) end

---A key from a password by scrypt (RFC 7914), on a thread. Parameters that are not possible, or need more memory than
---`maxmem`, raise `ERR_CRYPTO_INVALID_SCRYPT_PARAMS`.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer random bytes, best 16 or more, kept with the result
---@param keylen integer bytes of the key
---@param options? luvit.crypto.ScryptOptions may be left out
---@param callback? fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, keylen: integer, options?: luvit.crypto.ScryptOptions, thread?: thread): any, any, any
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, keylen: integer, callback: fun(err?: string, key?: string)): any
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, keylen: integer, thread?: thread): any, any, any
function crypto.scrypt(password, salt, keylen, options, callback) end

---As `scrypt`, at once, which takes 50 milliseconds or so.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer
---@param keylen integer
---@param options? luvit.crypto.ScryptOptions
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function crypto.scryptSync(password, salt, keylen, options) end

---A key from a password by Argon2 (RFC 9106), on a thread.
---@param algorithm 'argon2d'|'argon2i'|'argon2id'
---@param parameters luvit.crypto.Argon2Parameters
---@param callback fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(algorithm: 'argon2d'|'argon2i'|'argon2id', parameters: luvit.crypto.Argon2Parameters, thread?: thread): any, any, any
function crypto.argon2(algorithm, parameters, callback) end

---As `argon2`, at once.
---@param algorithm 'argon2d'|'argon2i'|'argon2id'
---@param parameters luvit.crypto.Argon2Parameters
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function crypto.argon2Sync(algorithm, parameters) end

---A key from another key by HKDF (RFC 5869), on a thread. It is not for passwords.
---@param digest string see `createHash`
---@param ikm string|luvit.Buffer|table the key; a secret `KeyObject` as well
---@param salt string|luvit.Buffer may be empty
---@param info string|luvit.Buffer what the key is for, at most 1024 bytes; may be empty
---@param keylen integer bytes of the key, at most 255 digests
---@param callback fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(digest: string, ikm: string|luvit.Buffer|table, salt: string|luvit.Buffer, info: string|luvit.Buffer, keylen: integer, thread?: thread): any, any, any
function crypto.hkdf(digest, ikm, salt, info, keylen, callback) end

---As `hkdf`, at once, which takes microseconds.
---@param digest string
---@param ikm string|luvit.Buffer|table
---@param salt string|luvit.Buffer
---@param info string|luvit.Buffer
---@param keylen integer
---@return string key
function crypto.hkdfSync(digest, ikm, salt, info, keylen) end

---Makes an object of a secret key, for `createHmac`, ciphers and `hkdf`.
---@param key string|luvit.Buffer|table bytes, or the members of a JWK of the type `oct`
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.KeyObject
function crypto.createSecretKey(key, encoding) end

---Reads a private key: PKCS#8, PKCS#1 or SEC1 in PEM or DER, encrypted or not, or a JWK.
---@param key string|luvit.Buffer|luvit.crypto.KeyInput
---@return luvit.crypto.KeyObject? key
---@return string? err
---@return string? code `ERR_MISSING_PASSPHRASE`, `ERR_OSSL_BAD_DECRYPT` (wrong passphrase) and others
function crypto.createPrivateKey(key) end

---Reads a public key: SPKI or PKCS#1 in PEM or DER, or a JWK. Of a private key and of a certificate it gives the public
---key that is in it.
---@param key string|luvit.Buffer|luvit.crypto.KeyInput|luvit.crypto.KeyObject
---@return luvit.crypto.KeyObject? key
---@return string? err
---@return string? code
function crypto.createPublicKey(key) end

---Makes a pair of keys on a thread, as `generateKeyPairSync` does at once.
---@param type 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519'
---@param options luvit.crypto.KeyPairOptions|nil may be left out
---@param callback fun(err?: string, publicKey?: luvit.crypto.KeyObject|string|table, privateKey?: luvit.crypto.KeyObject|string|table)
---@return any ... what the coroutine is given
---@overload fun(type: 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519', options: luvit.crypto.KeyPairOptions|nil, thread?: thread): any, any, any
function crypto.generateKeyPair(type, options, callback) end

---Makes a pair of keys: `rsa`, `rsa-pss`, `ec`, `ed25519` or `x25519`. RSA takes from tens of milliseconds to minutes, by
---its size: `generateKeyPair` does it on a thread.
---@param type 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519'
---@param options? luvit.crypto.KeyPairOptions
---@return { publicKey: luvit.crypto.KeyObject|string|table, privateKey: luvit.crypto.KeyObject|string|table } pair
function crypto.generateKeyPairSync(type, options) end

---Makes a secret key on a thread.
---@param type 'hmac'|'aes'
---@param options { length: integer } its length in bits
---@param callback fun(err?: string, key?: luvit.crypto.KeyObject)
function crypto.generateKey(type, options, callback) end

---Makes a secret key.
---@param type 'hmac'|'aes'
---@param options { length: integer } its length in bits
---@return luvit.crypto.KeyObject
function crypto.generateKeySync(type, options) end

---The names of the curves there are, in alphabetical order.
---@return string[]
function crypto.getCurves() end

---A random prime of exactly so many bits, as bytes, big-endian. It is made on a thread.
---@param size integer bits, 2 to 4096; more than 2000 take seconds
---@param options? luvit.crypto.PrimeOptions may be left out
---@param callback? fun(err?: string, prime?: string)
---@return any ... for a coroutine the prime, or nil and the error; else nothing
---@overload fun(size: integer, options?: luvit.crypto.PrimeOptions, thread?: thread): any, any, any
---@overload fun(size: integer, callback: fun(err?: string, prime?: string)): any
---@overload fun(size: integer, thread?: thread): any, any, any
function crypto.generatePrime(size, options, callback) end

---As `generatePrime`, at once.
---@param size integer
---@param options? luvit.crypto.PrimeOptions
---@return string prime
function crypto.generatePrimeSync(size, options) end

---Whether a number is prime, but for a chance of less than 2^-64. A thread looks.
---@param candidate string|luvit.Buffer|integer at most 8192 bits; bytes are big-endian
---@param options? { checks?: integer } how often it is tried, at most 4096 times; may be left out
---@param callback? fun(err?: string, prime?: boolean)
---@return any ... for a coroutine whether it is, or nil and the error; else nothing
---@overload fun(candidate: string|luvit.Buffer|integer, options?: { checks?: integer }, thread?: thread): any, any, any
---@overload fun(candidate: string|luvit.Buffer|integer, callback: fun(err?: string, prime?: boolean)): any
---@overload fun(candidate: string|luvit.Buffer|integer, thread?: thread): any, any, any
function crypto.checkPrime(candidate, options, callback) end

---As `checkPrime`, at once.
---@param candidate string|luvit.Buffer|integer
---@param options? { checks?: integer }
---@return boolean
function crypto.checkPrimeSync(candidate, options) end

---Random bytes. Without a callback they are made at once, which takes a microsecond; a callback gets them from a thread.
---@param size integer how many, at most 2^31 - 65536
---@param callback? fun(err?: string, bytes?: string)
---@return string? bytes # without a callback
---@overload fun(size: integer, thread?: thread): any, any, any
function crypto.randomBytes(size, callback) end

---The same as `randomBytes`, which is node's older name of it.
---@param size integer
---@param callback? fun(err?: string, bytes?: string)
---@return string? bytes
---@overload fun(size: integer, thread?: thread): any, any, any
function crypto.pseudoRandomBytes(size, callback) end

---As `randomFillSync`; the bytes come from a thread.
---@param buffer luvit.Buffer
---@param offset integer|fun(err?: string, buffer?: luvit.Buffer) may be left out
---@param size? integer|fun(err?: string, buffer?: luvit.Buffer) may be left out
---@param callback? fun(err?: string, buffer?: luvit.Buffer)
function crypto.randomFill(buffer, offset, size, callback) end

---Fills a buffer (`require('buffer')`), or a part of it, with random bytes.
---@param buffer luvit.Buffer
---@param offset? integer how many bytes stay at the beginning, 0 by default
---@param size? integer how many are filled, up to the end by default
---@return luvit.Buffer # `buffer`
function crypto.randomFillSync(buffer, offset, size) end

---Fills a buffer (`require('buffer')`) with random bytes, as browsers have it.
---@param buffer luvit.Buffer
---@return luvit.Buffer # `buffer`
function crypto.getRandomValues(buffer) end

---A random integer of at least `min` and less than `max`, every one as likely as another.
---@param min integer may be left out, and is 0 then
---@param max? integer less than 2^48 more than `min`
---@param callback? fun(err?: string, number?: integer) called later
---@return integer? # without a callback
function crypto.randomInt(min, max, callback) end

---A random UUID (version 4 of RFC 9562), such as `ae2a0ab6-9d1c-4f4c-b4c7-1dc1fb9f1a5c`. The random bytes of some come
---from the system together, as in node.
---@param options? { disableEntropyCache?: boolean } whether the bytes of this one are made for it alone
---@return string
function crypto.randomUUID(options) end

---Whether two secrets are equal, such as the code of a message and the one that was expected. The time this takes depends
---on their length only, so that nobody learns from it where they differ.
---@param a string|luvit.Buffer
---@param b string|luvit.Buffer of the same length; anything else raises `ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH`
---@return boolean
function crypto.timingSafeEqual(a, b) end

---Signs `data`, in one call. With a callback, or a coroutine that waits, a thread does it.
---@param algorithm string|nil a digest; nil for Ed25519, which hashes by itself, and `sha256` for other keys
---@param data string|luvit.Buffer
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a private key
---@param callback? fun(err?: string, signature?: string)
---@return string? signature without a callback; nil with the error and its code
---@return string? err
---@return string? code
---@overload fun(algorithm: string|nil, data: string|luvit.Buffer, key: string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput, thread?: thread): any, any, any
function crypto.sign(algorithm, data, key, callback) end

---Begins a signature.
---@param algorithm string a digest, see `createHash`; `RSA-SHA256` as well
---@param options? luvit.crypto.SignOptions
---@return luvit.crypto.Sign
function crypto.createSign(algorithm, options) end

---Begins the check of a signature.
---@param algorithm string a digest, see `createHash`; `RSA-SHA256` as well
---@param options? luvit.crypto.SignOptions
---@return luvit.crypto.Verify
function crypto.createVerify(algorithm, options) end

---Whether a signature of `data` is sound. With a callback, or a coroutine that waits, a thread looks.
---@param algorithm string|nil see `sign`
---@param data string|luvit.Buffer
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a public key, a private key or a certificate
---@param signature string|luvit.Buffer
---@param callback? fun(err?: string, sound?: boolean)
---@return boolean? sound without a callback; nil with the error and its code
---@return string? err
---@return string? code
---@overload fun(algorithm: string|nil, data: string|luvit.Buffer, key: string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput, signature: string|luvit.Buffer, thread?: thread): any, any, any
function crypto.verify(algorithm, data, key, signature, callback) end

---Encrypts with a public RSA key, so that only the owner of the private one can read it: at most some 190 bytes with a key
---of 2048 bits.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? encrypted
---@return string? err
---@return string? code
function crypto.publicEncrypt(key, data) end

---Decrypts what was encrypted with the public key.
---
---`RSA_PKCS1_PADDING` is refused, as by node since 2024: whoever learns whether it failed can decrypt messages bit by bit
---(Bleichenbacher, CVE-2023-46809).
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? plain
---@return string? err
---@return string? code
function crypto.privateDecrypt(key, data) end

---Encrypts with a private RSA key, so that everyone with the public one can read it: the heart of a signature, for old
---protocols.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? encrypted
---@return string? err
---@return string? code
function crypto.privateEncrypt(key, data) end

---Decrypts what was encrypted with the private key.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? plain
---@return string? err
---@return string? code
function crypto.publicDecrypt(key, data) end

---Reads all certificates of PEM, or of DER that follow each other: one at least.
---@param bytes string|luvit.Buffer
---@return luvit.crypto.X509Certificate[]? certificates
---@return string? err
---@return string? code
function crypto.readCertificates(bytes) end

---Opens a PKCS#12 file (`.p12`, `.pfx`).
---@param bytes string|luvit.Buffer
---@param passphrase? string|luvit.Buffer
---@return { key?: luvit.crypto.KeyObject, certificate?: luvit.crypto.X509Certificate, ca: luvit.crypto.X509Certificate[] }? bundle
---  the key, the certificate that belongs to it, and all others
---@return string? err
---@return string? code `ERR_MISSING_PASSPHRASE`, `ERR_OSSL_BAD_DECRYPT` (wrong passphrase) and others
function crypto.readPkcs12(bytes, passphrase) end

---Makes a certificate. By default it signs itself, for tests and for services that know each other:
---
---    local key = crypto.generateKeyPairSync('ec', { namedCurve = 'P-256' }).privateKey
---    local cert = crypto.createCertificate { key = key, subject = 'localhost', altNames = { 'DNS:localhost' } }
---
---With `ca = true` it may issue others, which name it as `issuer` and are signed with its key, `issuerKey`.
---@param options luvit.crypto.CertificateOptions
---@return string? pem
---@return string? err
---@return string? code
function crypto.createCertificate(options) end

---Makes a request for a certificate (CSR, PKCS#10), to send to who issues it.
---@param options luvit.crypto.CertificateRequestOptions
---@return string? pem
---@return string? err
---@return string? code
function crypto.createCertificateRequest(options) end

---Reads a request for a certificate.
---@param bytes string|luvit.Buffer PEM or DER
---@return luvit.crypto.CertificateRequest? request
---@return string? err
---@return string? code
function crypto.readCertificateRequest(bytes) end

return crypto
