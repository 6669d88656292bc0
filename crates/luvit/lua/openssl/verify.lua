-- The verdict on a peer's certificate, in OpenSSL's numbers and words.

local native = require('luvit:openssl')

local verify = {}

-- The numbers of the codes that node has for them, and OpenSSL's texts.
verify.NUMBERS = {
  UNABLE_TO_GET_ISSUER_CERT = 2, UNABLE_TO_GET_CRL = 3, CERT_SIGNATURE_FAILURE = 7, CERT_NOT_YET_VALID = 9,
  CERT_HAS_EXPIRED = 10, DEPTH_ZERO_SELF_SIGNED_CERT = 18, SELF_SIGNED_CERT_IN_CHAIN = 19,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20, UNABLE_TO_VERIFY_LEAF_SIGNATURE = 21, CERT_CHAIN_TOO_LONG = 22, CERT_REVOKED = 23,
  INVALID_CA = 24, PATH_LENGTH_EXCEEDED = 25, INVALID_PURPOSE = 26, CERT_UNTRUSTED = 27, CERT_REJECTED = 28,
  HOSTNAME_MISMATCH = 62, ERR_TLS_CERT_ALTNAME_INVALID = 62,
}

verify.TEXTS = {
  [0] = 'ok', [1] = 'unspecified certificate verification error', [2] = 'unable to get issuer certificate',
  [3] = 'unable to get certificate CRL', [7] = 'certificate signature failure', [9] = 'certificate is not yet valid',
  [10] = 'certificate has expired', [18] = 'self-signed certificate', [19] = 'self-signed certificate in certificate chain',
  [20] = 'unable to get local issuer certificate', [21] = 'unable to verify the first certificate',
  [22] = 'certificate chain too long', [23] = 'certificate revoked', [24] = 'invalid CA certificate',
  [25] = 'path length constraint exceeded', [26] = 'unsuitable certificate purpose', [27] = 'certificate not trusted',
  [28] = 'certificate rejected', [62] = 'hostname mismatch',
}

---Whether the certificate of a session's peer is good, and what was found.
---@param session userdata a native session
---@return boolean
---@return table[]
function verify.results(session)
  local good, code, reason = native.info(session, 'verdict')
  local der = native.info(session, 'certificates')[1]
  -- Without a certificate there is nothing wrong with it, as for OpenSSL.
  if not der and not code then good = true end
  local number = good and 0 or verify.NUMBERS[code] or 1
  return good, {
    {
      preverify_ok = good, error = number, error_depth = 0,
      error_string = number == 1 and reason or verify.TEXTS[number],
      current_cert = der and require('openssl/x509').read(der, 'der') or nil,
    },
  }
end

return verify
